# Holds one terrain in memory and answers with GDAL's viewsheds of it. One
# JSON line in, one out; a line with "bytes" is followed by that many bytes of
# little-endian float32 heights. Only the call into the library is timed.
import json
import os
import sys
import time

import numpy
from osgeo import gdal, osr

gdal.UseExceptions()
band = None
frame = None
dataset = None


def terrain(q):
    global dataset, band, frame
    frame = q
    heights = numpy.frombuffer(sys.stdin.buffer.read(q["bytes"]), "<f4")
    dataset = gdal.GetDriverByName("MEM").Create("", q["cols"], q["rows"], 1, gdal.GDT_Float32)
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(q["epsg"])
    dataset.SetProjection(srs.ExportToWkt())
    dataset.SetGeoTransform((q["x0"], q["dx"], 0, q["y0"], 0, -q["dy"]))
    band = dataset.GetRasterBand(1)
    band.WriteArray(heights.reshape(q["rows"], q["cols"]))
    return {}


def see(q):
    x = frame["x0"] + (q["col"] + .5) * frame["dx"]
    y = frame["y0"] - (q["row"] + .5) * frame["dy"]
    wall, cpu = time.perf_counter(), time.process_time()
    out = gdal.ViewshedGenerate(
        band, "MEM", "", [], x, y, q["height"], q["target"], 255, 0, 0, -1,
        q["curvature"], gdal.GVM_Edge, q["range"])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    answer = {"wall_s": wall, "cpu_s": cpu}
    if q["keep"]:
        seen = out.ReadAsArray() == 255
        west, _, _, north, _, _ = out.GetGeoTransform()
        answer["col"] = round((west - frame["x0"]) / frame["dx"])
        answer["row"] = round((frame["y0"] - north) / frame["dy"])
        answer["rows"], answer["cols"] = seen.shape
        answer["bits"] = numpy.packbits(seen, bitorder="little").tobytes().hex()
    return answer


def version(q):
    # One core, as ours: GDAL 3.10 and newer spread a viewshed over threads.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return {"version": gdal.VersionInfo("RELEASE_NAME"), "numpy": numpy.__version__,
            "python": sys.version.split()[0]}


while line := sys.stdin.buffer.readline():
    q = json.loads(line)
    try:
        answer = {"terrain": terrain, "see": see, "version": version}[q["do"]](q)
    except Exception as e:
        answer = {"error": str(e)}
    print(json.dumps(answer), flush=True)
