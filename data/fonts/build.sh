#!/bin/sh
# Makes the two fonts of this folder from DejaVu 2.37: sh data/fonts/build.sh FOLDER_OF_DEJAVU. Needs `pyftsubset` of
# fonttools 4.68. The same fonts give the same bytes.
set -eu
from=$1
here=$(dirname "$0")
letters="U+0020-007E,U+00A0-024F,U+0259,U+02BB-02BD,U+02C6-02DD,U+0300-036F"
letters="$letters,U+0370-03FF,U+0400-04FF,U+1E00-1EFF"
signs="U+2010-2027,U+2030-203A,U+2044,U+2070-208E,U+20AC,U+2116,U+2122,U+2190-2195,U+21D2,U+21D4"
signs="$signs,U+2212,U+2215,U+221E,U+2248,U+2260,U+2264,U+2265,U+25A0-25CF,U+2713,U+2717,U+FFFD"
for name in DejaVuSans DejaVuSans-Bold; do
    pyftsubset "$from/$name.ttf" --unicodes="$letters,$signs" --no-hinting --notdef-outline --drop-tables+=FFTM \
        --layout-features=mark,mkmk,ccmp --name-IDs='*' --no-recalc-timestamp --output-file="$here/$name.ttf"
done
