"""`./dev cluster`: Kafka, Redis, InfluxDB and some replicas on this machine, under a load whose numbers are known.

`running` starts and ends everything; `servers` and `replicas` are what is started, `load` sends events, `oracle` knows
what the numbers have to be, `comparison` asks for them, `screen` shows that, `control` is how `add` and `kill` reach it.
"""
