#!/bin/sh
# Makes the DTED files of this folder from a formula, and records what GDAL
# reads in them. Needs gdal-bin; recorded with GDAL 3.6.2 (Debian 12).
#
# The heights of row r, column c (0, 0 is the north-west post) are
# 17*(r%40) - 3*c + (r*c)%7, in metres, except for a void at every post with
# r%50 == 20 and c%50 == 10.
set -e
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

make() { # name cols dx west south
	awk -v cols="$2" -v dx="$3" -v w="$4" -v s="$5" 'BEGIN {
		printf "ncols %d\nnrows 121\nxllcenter %d\nyllcenter %d\ndx %.17g\ndy %.17g\nNODATA_value -32767\n", cols, w, s, dx/3600, 30/3600
		for (r = 0; r < 121; r++) {
			for (c = 0; c < cols; c++) {
				h = 17*(r%40) - 3*c + (r*c)%7
				if (r%50 == 20 && c%50 == 10) h = -32767
				printf "%d ", h
			}
			print ""
		}
	}' > "$dir/$1.asc"
	gdal_translate -q -of DTED -ot Int16 -a_srs EPSG:4326 "$dir/$1.asc" "$1.dt0"
	rm -f "$1.dt0.aux.xml"
	{
		echo "# $(gdalinfo --version | cut -d, -f1), make.sh: column row height, by gdallocationinfo $1.dt0"
		for at in "0 0" "$(($2 - 1)) 0" "0 120" "$(($2 - 1)) 120" "10 20" "11 20" "10 70" "7 13" "30 90" "59 39"; do
			echo "$at $(gdallocationinfo -valonly "$1.dt0" $at)"
		done
	} > "$1.txt"
	gdalinfo "$1.dt0" | sed -n 's/^Origin/# Origin/p; s/^Pixel Size/# Pixel Size/p' >> "$1.txt"
	gdalinfo -mm "$1.dt0" | sed -n 's/^ *Computed/# Computed/p' >> "$1.txt"
}

make n34_e041 121 30 41 34
make s61_w070 61 60 -70 -61
