-- Out: when 4MOST's candidate visits were last read, how many, and how many more nobody could read.
SELECT read_at, visits, unreadable FROM tides.visit_reading;
