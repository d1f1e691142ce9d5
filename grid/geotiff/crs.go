package geotiff

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"vedette/grid"
)

// GeoKeys and their codes (OGC GeoTIFF 1.1, and the EPSG registry 10).
const (
	keyModelType     = 1024
	keyRasterType    = 1025
	keyGeographic    = 2048
	keyGeogCitation  = 2049
	keyDatum         = 2050
	keyAngularUnits  = 2054
	keyProjected     = 3072
	keyProjCitation  = 3073
	keyProjection    = 3074
	keyLinearUnits   = 3076
	keyVertical      = 4096
	keyVerticalUnits = 4099

	modelProjected  = 1
	modelGeographic = 2
	pixelIsArea     = 1
	pixelIsPoint    = 2
	userDefined     = 32767

	unitMetre  = 9001
	unitFoot   = 9002
	unitFootUS = 9003
	unitDegree = 9102
)

// Feet in metres (EPSG units 9002 and 9003).
const (
	foot   = .3048
	footUS = 1200. / 3937
)

// mendCRS is what to do about a reference system that is not read.
const mendCRS = "convert with gdalwarp -t_srs EPSG:4326 in.tif out.tif, or to the UTM zone of the area (such as EPSG:32637)"

// ellipsoidal is the note on WGS 84 with heights of its own.
const ellipsoidal = "EPSG:4979 read as EPSG:4326: the heights are above the ellipsoid, not above the sea"

// geoKeys reads the GeoKey directory; only the keys of whole numbers matter
// here, which stand in the directory itself.
func geoKeys(d directory) (map[uint16]int, error) {
	v, err := d.uints(tagGeoKeys)
	if err != nil || len(v) == 0 {
		return nil, err
	}
	if len(v) < 4 || v[3] > uint64(len(v)-4)/4 {
		return nil, errors.New("geokeys: the directory is cut short; the file is damaged")
	}
	keys := map[uint16]int{}
	for e := v[4:][:4*v[3]]; len(e) > 0; e = e[4:] {
		if e[1] == 0 && e[2] == 1 && e[0] <= math.MaxUint16 && e[3] <= math.MaxUint16 {
			keys[uint16(e[0])] = int(e[3])
		}
	}
	return keys, nil
}

// reference is what the GeoKeys say.
type reference struct {
	crs      grid.CRS
	note     string // if another reference system is taken for crs
	point    bool
	vertical int // EPSG code of the vertical reference system, 0 if unsaid
	unit     float64
}

// readReference finds the reference system and the unit of the heights.
func readReference(d directory) (ref reference, err error) {
	keys, err := geoKeys(d)
	if err != nil {
		return ref, err
	}
	if len(keys) == 0 {
		return ref, errors.New("crs: the file does not say its coordinate reference system; if you know it, name it with gdal_translate -a_srs EPSG:4326 in.tif out.tif")
	}
	ref.point = keys[keyRasterType] == pixelIsPoint
	if ref.vertical, ref.unit, err = verticalUnit(keys); err != nil {
		return ref, err
	}
	if code := keys[keyProjected]; code != 0 && keys[keyModelType] != modelGeographic {
		ref.crs, ref.note, err = projected(code, keys)
		return ref, err
	}
	ref.crs, ref.note, err = geographic(keys[keyGeographic], keys)
	if ref.vertical == 4979 && ref.note == "" { // GDAL writes a system with heights so
		ref.note = ellipsoidal
	}
	return ref, err
}

// geographic maps the codes of degrees on WGS 84, and of the continental
// systems that lie within two metres of it.
func geographic(code int, keys map[uint16]int) (grid.CRS, string, error) {
	if code == userDefined {
		code = map[int]int{6326: 4326, 6258: 4258, 6269: 4269}[keys[keyDatum]]
	}
	if u := keys[keyAngularUnits]; u != 0 && u != unitDegree {
		return 0, "", fmt.Errorf("crs: angles in unit %d and not degrees; %s", u, mendCRS)
	}
	switch code {
	case 4326:
		return grid.WGS84, "", nil
	case 4979:
		return grid.WGS84, ellipsoidal, nil
	case 4258:
		return grid.WGS84, "EPSG:4258 (ETRS89) read as EPSG:4326 (WGS 84), which is less than a metre off", nil
	case 4269:
		return grid.WGS84, "EPSG:4269 (NAD83) read as EPSG:4326 (WGS 84), which is up to two metres off", nil
	case 0:
		return 0, "", errors.New("crs: no known geographic system is named; " + mendCRS)
	}
	return 0, "", fmt.Errorf("crs: EPSG:%d is not read; %s", code, mendCRS)
}

// projected maps the codes of UTM zones.
func projected(code int, keys map[uint16]int) (crs grid.CRS, note string, err error) {
	if code == userDefined {
		code = utmByProjection(keys)
	}
	crs = grid.CRS(32600 + code%100)
	switch {
	case code >= 25828 && code <= 25838:
		note = fmt.Sprintf("EPSG:%d (ETRS89) read as %s (WGS 84), which is less than a metre off", code, crs)
	case code >= 26901 && code <= 26923:
		note = fmt.Sprintf("EPSG:%d (NAD83) read as %s (WGS 84), which is up to two metres off", code, crs)
	case code == 0:
		return 0, "", errors.New("crs: a projection of the file's own; " + mendCRS)
	default:
		crs = grid.CRS(code)
	}
	if _, ok := crs.Zone(); !ok {
		return 0, "", fmt.Errorf("crs: EPSG:%d is not read; %s", code, mendCRS)
	}
	if u := keys[keyLinearUnits]; u != 0 && u != unitMetre {
		return 0, "", fmt.Errorf("crs: EPSG:%d with coordinates in unit %d and not metres; %s", code, u, mendCRS)
	}
	return crs, note, nil
}

// utmByProjection gives the code of a system that is spelled out as the
// projection of a UTM zone (16001 to 16060 north, 16101 to 16160 south) on
// WGS 84; 0 if it is none.
func utmByProjection(keys map[uint16]int) int {
	p := keys[keyProjection]
	if keys[keyGeographic] != 4326 || p < 16001 || p > 16160 || (p-1)%100 >= 60 {
		return 0
	}
	return 32600 + p - 16000
}

// verticalUnit gives the metres in a unit of height. Vertical systems imply
// their unit (EPSG registry 10); depths are no heights.
func verticalUnit(keys map[uint16]int) (code int, unit float64, err error) {
	code = keys[keyVertical]
	switch code {
	case 5702, 6360, 8052:
		unit = footUS
	case 6130, 6131, 6132, 8050, 8228:
		unit = foot
	case 5336, 5612, 5614, 5706, 5715, 5734, 5739, 5789, 5831, 5861, 5862, 5863, 5864, 5865, 5866, 5867, 5873,
		6357, 6358, 6359, 7976, 8051, 8053, 8358, 9287, 9288, 9672:
		return 0, 0, fmt.Errorf("vertical crs: EPSG:%d counts depths downwards; turn them into heights with gdal_calc.py -A in.tif --calc=-A --outfile=out.tif", code)
	default:
		unit = 1
	}
	switch u := keys[keyVerticalUnits]; u {
	case 0, userDefined:
	case unitMetre:
		unit = 1
	case unitFoot:
		unit = foot
	case unitFootUS:
		unit = footUS
	default:
		return 0, 0, fmt.Errorf("vertical unit: %d is neither metre nor foot; convert the heights to metres with gdal_calc.py -A in.tif --calc=A*UNIT --outfile=out.tif", u)
	}
	if code == userDefined {
		code = 0
	}
	return code, unit, nil
}

// unitByName gives the metres in a unit as GDAL writes it; 0 if unknown.
func unitByName(name string) float64 {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "m", "metre", "meter", "metres", "meters":
		return 1
	case "ft", "foot", "feet", "international foot":
		return foot
	case "us survey foot", "us-ft", "ftus", "foot_us", "us_survey_foot", "sfoot", "usft", "us foot", "us_ft":
		return footUS
	}
	return 0
}

// readFrame lays the image on the ground.
func readFrame(d directory, l *layout, ref reference) (grid.Frame, error) {
	f := grid.Frame{CRS: ref.crs, Cols: l.cols, Rows: l.rows}
	if err := place(d, &f); err != nil {
		return f, err
	}
	if ref.point { // the tags place the north-west post, the centre of its cell
		f.X0 -= f.DX / 2
		f.Y0 += f.DY / 2
	}
	return f, plausible(f)
}

// place reads the corner and the cell's sides.
func place(d directory, f *grid.Frame) error {
	scale, err := d.floats(tagPixelScale)
	if err != nil {
		return err
	}
	tie, err := d.floats(tagTiepoints)
	if err != nil {
		return err
	}
	m, err := d.floats(tagTransformation)
	if err != nil {
		return err
	}
	switch {
	case len(scale) >= 2 && len(tie) >= 6:
		f.DX, f.DY = scale[0], scale[1]
		f.X0, f.Y0 = tie[3]-tie[0]*f.DX, tie[4]+tie[1]*f.DY
	case len(m) == 16:
		if m[1] != 0 || m[4] != 0 {
			return errors.New("georeference: the image is rotated; lay it straight with gdalwarp in.tif out.tif")
		}
		f.DX, f.DY, f.X0, f.Y0 = m[0], -m[5], m[3], m[7]
	case len(tie) >= 6:
		return errors.New("georeference: the image hangs on control points; warp it with gdalwarp in.tif out.tif")
	default:
		return errors.New("georeference: the file does not say where it lies; give its corners with gdal_translate -a_ullr WEST NORTH EAST SOUTH in.tif out.tif")
	}
	for _, v := range []float64{f.X0, f.Y0, f.DX, f.DY} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("georeference: not a number; the file is damaged")
		}
	}
	if f.DX <= 0 || f.DY <= 0 {
		return fmt.Errorf("georeference: cells of %g by %g: the image is mirrored or its rows run north; turn it with gdalwarp in.tif out.tif", f.DX, f.DY)
	}
	return nil
}

// plausible checks that the numbers can be what the reference system says. A
// raster's outer cells may lie half beyond the poles and the date line.
func plausible(f grid.Frame) error {
	west, south, east, north := f.Extent()
	if f.CRS.Geographic() {
		if south < -90-f.DY || north > 90+f.DY || west < -360-f.DX || east > 360+f.DX {
			return fmt.Errorf("crs: %.10g..%.10g east and %.10g..%.10g north cannot be degrees, as %s says; name the right system with gdal_translate -a_srs EPSG:CODE in.tif out.tif", west, east, south, north, f.CRS)
		}
		return nil
	}
	degrees := math.Abs(west) <= 360 && math.Abs(east) <= 360 && math.Abs(south) <= 90 && math.Abs(north) <= 90
	// Eastings and northings of WGS 84 all round a zone stay well inside.
	beyond := west < -1e7 || east > 1e7 || south < -1.1e7 || north > 2.1e7
	if degrees || beyond {
		return fmt.Errorf("crs: %.10g..%.10g east and %.10g..%.10g north cannot be metres of UTM, as %s says; name the right system with gdal_translate -a_srs EPSG:CODE in.tif out.tif", west, east, south, north, f.CRS)
	}
	return nil
}
