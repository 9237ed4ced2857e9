#!/bin/sh
# For any other CI system: builds the driver of this folder, judges it, and leaves conform.xml for the system to show and
# conform.html for people.
# The exit status is that of the run.
set -eu
hbalab schema header -o wmidata.h driver.mof
hbalab-cc -o driver.so driver.c
hbalab conform --miniport ./driver.so --mof driver.mof --junit conform.xml --html conform.html
