-- In: a dead letter that was replayed. Out: it is gone. In the transaction that folds it in; a repeat finds none.
DELETE FROM tides.dead_letter
WHERE dead_letter_id = %(dead_letter_id)s;
