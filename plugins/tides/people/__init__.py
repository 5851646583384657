"""Who may do what: the roles of Airflow's users."""
