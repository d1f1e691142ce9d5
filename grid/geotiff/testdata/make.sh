#!/bin/sh
# Makes the GeoTIFFs of this folder with GDAL, the peer of package geotiff:
# every sample type in every packing, and the ways to say where a raster lies.
# Needs gdal-bin and python3-gdal; GDAL 3.6.2 made the files that are kept.
# peers_test.go holds the values: v = 3*row + col on 32 by 24 cells, turned into
# each type, and one void at column 5, row 7.
set -eu
cd "$(dirname "$0")"
rm -f ./*.tif
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

python=${PYTHON:-/usr/bin/python3}
"$python" - "$tmp" <<'PY'
import sys
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
out = sys.argv[1]
row, col = np.mgrid[0:24, 0:32]
v = (3 * row + col).astype(np.float64)
wgs = osr.SpatialReference(); wgs.ImportFromEPSG(4326)
types = {
    "int8": (gdal.GDT_Byte, (v - 50).astype(np.int8).view(np.uint8), -128, ["PIXELTYPE=SIGNEDBYTE"]),
    "uint8": (gdal.GDT_Byte, v, 255, []),
    "int16": (gdal.GDT_Int16, 20 * v - 700, -32768, []),
    "uint16": (gdal.GDT_UInt16, 600 * v, 65535, []),
    "int32": (gdal.GDT_Int32, 100000 * v - 3000000, -2147483648, []),
    "uint32": (gdal.GDT_UInt32, 40000000 * v, 4294967295, []),
    "float32": (gdal.GDT_Float32, v / 3 - 20, -9999, []),
    "float64": (gdal.GDT_Float64, v / 3 - 20, -9999, []),
}
for name, (kind, cells, void, options) in types.items():
    d = gdal.GetDriverByName("GTiff").Create(f"{out}/{name}.tif", 32, 24, 1, kind, options)
    d.SetProjection(wgs.ExportToWkt())
    d.SetGeoTransform((40, 0.01, 0, 35, 0, -0.01))
    cells = cells.copy()
    cells[7, 5] = 128 if name == "int8" else void
    d.GetRasterBand(1).WriteArray(cells)
    d.GetRasterBand(1).SetNoDataValue(void)
PY

t() { # t OUT IN OPTIONS...: one translation
	out=$1 in=$2
	shift 2
	gdal_translate -q "$@" "$tmp/$in.tif" "$out.tif"
}

for type in int8 uint8 int16 uint16 int32 uint32 float32 float64; do
	extra=""
	if [ $type = int8 ]; then extra="-co PIXELTYPE=SIGNEDBYTE"; fi
	for order in little big; do
		# GDAL 3.6.2 writes the floating point predictor wrong in big-endian
		# files (it reads its own file as 5.8e-41 where -20 belongs).
		best=2
		case $order$type in littlefloat*) best=3 ;; esac
		if [ $order = little ]; then
			layout="-co BLOCKYSIZE=7"
		else
			layout="-co TILED=YES -co BLOCKXSIZE=16 -co BLOCKYSIZE=16"
		fi
		common="-co ENDIANNESS=$order $layout $extra"
		t ${type}_${order}_none $type $common
		t ${type}_${order}_packbits $type $common -co COMPRESS=PACKBITS
		t ${type}_${order}_lzw $type $common -co COMPRESS=LZW -co PREDICTOR=2
		t ${type}_${order}_deflate $type $common -co COMPRESS=DEFLATE -co PREDICTOR=$best -co BIGTIFF=YES
		t ${type}_${order}_zstd $type $common -co COMPRESS=ZSTD -co PREDICTOR=$best
	done
done

# Other structures.
small="-co COMPRESS=DEFLATE"
"$python" - "$tmp" <<'PY'
import sys
from osgeo import gdal
gdal.UseExceptions()
d = gdal.Open(f"{sys.argv[1]}/int16.tif")
cells = d.ReadAsArray()
three = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[1]}/three.tif", 32, 24, 3, gdal.GDT_Int16)
three.SetProjection(d.GetProjection())
three.SetGeoTransform(d.GetGeoTransform())
for n in range(3):
    band = cells + 10 * n
    band[7, 5] = -32768
    three.GetRasterBand(n + 1).WriteArray(band)
    three.GetRasterBand(n + 1).SetNoDataValue(-32768)
PY
t bands_chunky three $small -co INTERLEAVE=PIXEL -co PREDICTOR=2
t bands_planar three $small -co INTERLEAVE=BAND -co PREDICTOR=2
t bands_chunky_big_none three -co INTERLEAVE=PIXEL -co ENDIANNESS=BIG
t onestrip int16 -co BLOCKYSIZE=24
gdal_translate -q -of COG -co COMPRESS=DEFLATE -co BLOCKSIZE=128 -outsize 300 240 "$tmp/int16.tif" cog.tif
t sparse int16 $small -co SPARSE_OK=TRUE -co TILED=YES -co BLOCKXSIZE=16 -co BLOCKYSIZE=16 -scale -700 1320 -32768 -32768
t scaled int16 $small -a_scale 0.1 -a_offset 100
t undeclared int16 $small -a_nodata none
t nan float32 $small -a_nodata nan
t described int16 $small -mo "MAKER=a & <b>" -mo "TIFFTAG_IMAGEDESCRIPTION=the heights"

# Where it lies.
t point int16 $small -mo AREA_OR_POINT=Point
for epsg in 4258 4269 4979; do
	t geographic_$epsg int16 $small -a_srs EPSG:$epsg
done
for epsg in 32637 32733 25832 26912; do
	t utm_$epsg int16 $small -a_srs EPSG:$epsg -a_ullr 600000 3800000 600960 3799280
done
t feet int16 $small -a_srs EPSG:4326+8228
t feet_us int16 $small -a_srs EPSG:32637+6360 -a_ullr 600000 3800000 600960 3799280
"$python" - "$tmp" <<'PY'
import sys
from osgeo import gdal
d = gdal.Open(f"{sys.argv[1]}/int16.tif")
c = gdal.GetDriverByName("GTiff").CreateCopy("feet_unit.tif", d, options=["COMPRESS=DEFLATE"])
c.GetRasterBand(1).SetUnitType("ft")
c = gdal.GetDriverByName("GTiff").CreateCopy("bad_rotated.tif", d, options=["COMPRESS=DEFLATE"])
c.SetGeoTransform((40, 0.01, 0.001, 35, 0.001, -0.01))
c = gdal.GetDriverByName("GTiff").CreateCopy("bad_south_up.tif", d, options=["COMPRESS=DEFLATE"])
c.SetGeoTransform((40, 0.01, 0, 34, 0, 0.01))
c = gdal.GetDriverByName("GTiff").Create("bad_no_crs.tif", 32, 24, 1, gdal.GDT_Int16, ["COMPRESS=DEFLATE"])
c.SetGeoTransform(d.GetGeoTransform())
c = gdal.GetDriverByName("GTiff").Create("bad_no_place.tif", 32, 24, 1, gdal.GDT_Int16, ["COMPRESS=DEFLATE"])
c.SetProjection(d.GetProjection())
PY

# What is refused, each with its own error.
t bad_crs_3857 int16 $small -a_srs EPSG:3857 -a_ullr 4452779 4163881 4488402 4130000
t bad_crs_laea int16 $small -a_srs "+proj=laea +lat_0=34 +lon_0=41" -a_ullr 0 720 960 0
t bad_crs_geographic int16 $small -a_srs EPSG:4267
t bad_crs_feet int16 $small -a_srs EPSG:2263 -a_ullr 900000 200000 900960 199280
t bad_degrees int16 $small -a_ullr 600000 3800000 600960 3799280
t bad_metres int16 $small -a_srs EPSG:32637
t bad_depth int16 $small -a_srs EPSG:4326+5715
t bad_jpeg uint8 -co COMPRESS=JPEG
t bad_lerc float32 -co COMPRESS=LERC || t bad_lzma float32 -co COMPRESS=LZMA
t bad_1bit uint8 $small -co NBITS=1
t bad_float16 float32 $small -co NBITS=16
t bad_complex float32 $small -ot CFloat32
t bad_gcps int16 $small -a_srs EPSG:4326 -gcp 0 0 40 35 -gcp 32 0 40.32 35 -gcp 0 24 40 34.76
rm -f ./*.aux.xml
