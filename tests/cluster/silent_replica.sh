#!/usr/bin/env bash
# Stands in for the program: a replica that runs and never answers.
exec sleep 600
