#!/bin/sh
# The job of `rewash spark` beside one machine, on Spark from PyPI in local-cluster mode.
# Usage: run.sh PROGRAM FOLDER [MORE]. COMPARE names another script of Python to run in its place. Exit status 77: something that it needs is not here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1")
folder=$2
shift 2
environment=${SPARK_ENVIRONMENT:-${XDG_CACHE_HOME:-$HOME/.cache}/rewash/spark}

missing() {
    echo "test-spark did not run: $1" >&2
    exit 77
}

command -v java > /dev/null || missing "Java is not installed; Spark needs Java 17 or later (java on the path)"
version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
[ "${version:-0}" -ge 17 ] || missing "Java ${version:-of an unknown version} is too old; Spark needs Java 17 or later"
command -v python3 > /dev/null || missing "Python is not installed (python3 on the path)"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment" || missing "Python cannot make an environment (python3 -m venv)"
fi
"$environment/bin/pip" install --quiet --requirement "$here/requirements.txt" ||
    missing "pyspark, pyarrow and pandas could not be installed by pip"
exec "$environment/bin/python" "${COMPARE:-$here/compare.py}" "$program" "$folder" "$@"
