#!/bin/sh
# Asks GDAL about the files that package geotiff writes: whether they are valid
# cloud-optimised GeoTIFFs, and what is in them. Writes written.txt, which
# TestGDALAgrees compares. Needs gdal-bin and python3-gdal.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-/usr/bin/python3}
{
	gdalinfo --version
	for f in written_*.tif; do
		"$python" -m osgeo_utils.samples.validate_cloud_optimized_geotiff --full-check=yes "$f" 2>&1 | grep -v '^$'
		gdalinfo "$f" | grep -E 'ID\["EPSG",(4326|32[67]..)\]\]|^Origin|^Pixel Size|AREA_OR|NOTE|IMAGEDESC|LAYOUT|COMPRESSION|PREDICTOR|INTERLEAVE|Block=|Description|NoData|Overviews|^    [0-2]:'
	done
	"$python" - <<'PY'
import glob
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
for name in sorted(glob.glob("written_*.tif")):
    d = gdal.Open(name)
    for n in range(1, d.RasterCount + 1):
        band = d.GetRasterBand(n)
        void = band.GetNoDataValue()
        for level in range(band.GetOverviewCount() + 1):
            b = band.GetOverview(level - 1) if level else band
            v = b.ReadAsArray().astype(np.float64).ravel()
            keep = v != void if void is not None else np.ones(v.shape, bool)
            weight = np.arange(v.size) % 1009
            print(f"{name} band {n} level {level}: {b.XSize} x {b.YSize}, {(~keep).sum()} void, "
                  f"{v[keep].min():.3f} to {v[keep].max():.3f}, sum {v[keep].sum():.2f}, weighted {(v * weight)[keep].sum():.2f}")
PY
} >written.txt
rm -f ./*.aux.xml
