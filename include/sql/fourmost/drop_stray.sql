-- In: the key of a row at 4MOST that is a target of ours after all. Out: it is no stray. A repeat finds none.
DELETE FROM tides.fourmost_stray
WHERE pk = %(pk)s;
