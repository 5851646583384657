-- What the next run makes of some targets and of their hosts, by the run's own steps. It is asked in a transaction that
-- decides something and is rolled back. In: the settings and functions of a live run, and the targets' and hosts' ids.
-- Out: active and why of the targets and of their hosts. Can be repeated: nothing of it stays.
{% include "targets/set_limits.sql" %}

CREATE TEMPORARY TABLE to_judge ON COMMIT DROP AS SELECT unnest(%(ids)s::integer[]) AS tides_id;

{% include "targets/ask_verdict.sql" %}

{% include "targets/switch_targets.sql" %}

{% include "targets/queue_hosts.sql" %}
