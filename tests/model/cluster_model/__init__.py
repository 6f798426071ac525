"""An executable form of the cluster protocol of docs/cluster/protocol.md; run_model.py runs it on random histories."""
