"""The page "TiDES" in Airflow's UI: what people on shift look at. It only reads, by few and short questions a view."""
