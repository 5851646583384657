"""Foreign words in reports, and the runbook as a page."""

from tides.page.render import report_html, runbook_html


def test_a_report_shows_markup_of_others_as_text():
    html = report_html("# A\n\n<script>x</script> <b>y</b> ![p](http://evil/p.png) [l](javascript:x) \x1b[31m\u202e")
    for bad in ("<script", "<b>", "<img", 'href="javascript', "\x1b", "\u202e"):
        assert bad not in html
    assert "&lt;script&gt;" in html


def test_a_link_of_a_report_leads_to_our_own_runbook_or_nowhere():
    for address in ("runbook", "https://airflow.example/below/tides/runbook", "//elsewhere.example/runbook"):
        assert report_html(f"[Runbook]({address}#task-drain)") == '<p><a href="runbook#task-drain">Runbook</a></p>\n'
    for link in (
        "[log in](https://elsewhere.example/login)",
        "![log in](//elsewhere.example/a.png)",
        "[log in](/login)",
    ):
        assert "<a" not in report_html(link)
        assert "log in</p>" in report_html(link)
    assert "<a" not in report_html("<https://elsewhere.example>")
    assert "<a" not in report_html("[x]\n\n[x]: https://elsewhere.example/")


def test_headings_of_a_report_lie_below_that_of_the_view_and_tables_can_be_scrolled():
    html = report_html("# A\n\n| what | number |\n|---|---|\n| live | 7 |\n")
    assert "<h2>A</h2>" in html
    assert '<th scope="col">what</th>' in html
    assert '<div class="wide" tabindex="0"' in html


def test_the_runbook_leads_nowhere_else():
    html = runbook_html()
    assert html is not None
    assert "<a " not in html
    assert 'id="the-guard"' in html
