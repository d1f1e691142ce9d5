package frontier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
)

// Bounds of what is read.
const (
	maxBytes    = 64 << 20
	maxFeatures = 100_000
	maxVertices = 1_000_000
)

// Load reads the area file at path. What is wrong with its content comes back
// as Problems: all of it, up to 200, and not the first thing only.
func Load(path string) (*Area, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the area file: %w", err)
	}
	defer f.Close()
	area, err := Read(f)
	if _, wrong := err.(Problems); err != nil && !wrong {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return area, err
}

// Read is Load from a reader. It reads at most 64 MB, 100 000 features and a
// million vertices. Settings that were left out have their defaults in the
// area. A file that is no JSON at all is one of the Problems too.
func Read(r io.Reader) (*Area, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the area file: %w", err)
	}
	if len(text) > maxBytes {
		return nil, Problems{{Feature: -1, Problem: fmt.Sprintf("the file is larger than %d MB", maxBytes>>20), Mend: "split the area, or simplify its lines"}}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if p := malformed(text); p != nil {
		return nil, Problems{*p}
	}
	rd := &reader{area: &Area{}, ids: map[string]*entry{}, partyIDs: map[string]bool{}}
	if rd.collection(text) {
		rd.check()
	}
	if problems := rd.problems(); len(problems) > 0 {
		return nil, problems
	}
	for _, e := range rd.entries {
		e.kind.put(rd.area, e.value)
	}
	return rd.area, nil
}

// reader reads one file.
type reader struct {
	report
	area     *Area // with the settings only, until all is well
	entries  []*entry
	ids      map[string]*entry
	partyIDs map[string]bool
	vertices int // read so far
	work     int // done by checks whose cost is not bounded by the file's size
}

// entry is a feature of the file. The kind is empty, and value invalid, where
// it could not be told.
type entry struct {
	index    int
	id       string
	kindName string
	kind     kind
	value    reflect.Value // the Go struct
}

func (e *entry) known() bool { return e.value.IsValid() }

// Members that an object of the file may have. Name, crs, bbox and the like
// are what QGIS and GDAL write; they say nothing that the area needs.
var (
	collectionMembers = []string{"type", "vedette", "features", "$schema", "name", "crs", "bbox", "xy_coordinate_resolution"}
	featureMembers    = []string{"type", "properties", "geometry", "id", "bbox"}
	geometryMembers   = []string{"type", "coordinates", "bbox"}
)

// collection reads the file but for what its features have to do with each
// other; false where it is no object at all.
func (rd *reader) collection(text []byte) bool {
	file, ok := rd.object("", text)
	if !ok {
		return false
	}
	rd.unknown("", file, collectionMembers)
	rd.isType("", file["type"], "FeatureCollection")
	rd.crs(file["crs"])
	rd.settings(file)
	var features []json.RawMessage
	if err := json.Unmarshal(orNull(file["features"]), &features); err != nil || features == nil {
		rd.spoil("features", "give a list of GeoJSON features", "is missing or no list")
		return true
	}
	if len(features) > maxFeatures {
		rd.spoil("features", "split the area", "%d features are more than %d", len(features), maxFeatures)
		return true
	}
	for i, raw := range features {
		rd.feature(i, raw)
		if rd.full {
			break
		}
	}
	rd.at = nil
	return true
}

// orNull makes what is not there null.
func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}

// isType checks the member "type" of a GeoJSON object.
func (rd *reader) isType(prefix string, raw json.RawMessage, want string) {
	var got string
	if json.Unmarshal(orNull(raw), &got); got != want {
		rd.spoil(prefix+"type", fmt.Sprintf("set it to %q", want), "%s is not %q", short(string(orNull(raw))), want)
	}
}

// crs refuses what GDAL writes for coordinates other than longitude and
// latitude, which RFC 7946 does not allow.
func (rd *reader) crs(raw json.RawMessage) {
	if raw != nil && !strings.Contains(string(raw), "CRS84") && !strings.Contains(string(raw), "4326") {
		rd.add("crs", "save the file in longitude and latitude on WGS 84 (EPSG:4326)", "%s is not GeoJSON's", short(string(raw)))
	}
}

func (rd *reader) settings(file map[string]json.RawMessage) {
	raw, ok := file["vedette"]
	if !ok {
		rd.spoil("vedette", `give the settings as the member "vedette" beside "features"; QGIS leaves it out when it saves`, "is missing")
		return
	}
	members, ok := rd.object("vedette", raw)
	if !ok {
		return
	}
	s := &rd.area.Settings
	rd.fill("vedette.", reflect.ValueOf(s).Elem(), members)
	s.defaults(members)
}

// The defaults of the settings.
const (
	defaultCell           = 30.
	defaultTarget         = 1.7
	defaultCurvature      = .85714 // 1 - 1/7, for light
	defaultVisibility     = 20.
	defaultDustVisibility = 2.
	defaultAvailability   = .65
	defaultFlying         = 3. // km
	defaultClutter        = "moderate"
)

// defaults sets what was not given.
func (s *Settings) defaults(given map[string]json.RawMessage) {
	for _, d := range []struct {
		name  string
		field *float64
		value float64
	}{
		{"cell_m", &s.CellM, defaultCell},
		{"target_height_m", &s.TargetHeightM, defaultTarget},
		{"curvature", &s.Curvature, defaultCurvature},
		{"visibility_km", &s.VisibilityKM, defaultVisibility},
		{"dust_visibility_km", &s.DustVisibilityKM, defaultDustVisibility},
		{"post_availability", &s.PostAvailability, defaultAvailability},
		{"helicopter_visibility_km", &s.HelicopterVisibilityKM, defaultFlying},
	} {
		if _, ok := given[d.name]; !ok {
			*d.field = d.value
		}
	}
	if s.Clutter == "" {
		s.Clutter = defaultClutter
	}
	for i := range s.Parties {
		if p := &s.Parties[i]; p.Relation == "" {
			p.Relation = Unknown
		}
	}
}

func (rd *reader) feature(i int, raw json.RawMessage) {
	e := &entry{index: i}
	rd.at = e
	rd.entries = append(rd.entries, e)
	members, ok := rd.object("", raw)
	if !ok {
		return
	}
	rd.unknown("", members, featureMembers)
	rd.isType("", members["type"], "Feature")
	given, ok := rd.object("properties", orNull(members["properties"]))
	if !ok || !rd.kindIn(e, given) {
		return
	}
	delete(given, "kind")
	e.value = reflect.New(e.kind.of).Elem()
	rd.fill("", e.value, given)
	rd.geometry(e, orNull(members["geometry"]))
}

// kindIn reads a feature's kind and id. The id counts even where the kind is
// wrong, so that those who refer to it are not called wrong as well.
func (rd *reader) kindIn(e *entry, given map[string]json.RawMessage) bool {
	_ = json.Unmarshal(orNull(given["id"]), &e.id)
	isText := json.Unmarshal(orNull(given["kind"]), &e.kindName) == nil
	if first, taken := rd.ids[e.id]; taken && e.id != "" {
		rd.add("id", "give each feature an id of its own", "%s is the id of features[%d] already", quoted(e.id), first.index)
	} else if e.id != "" {
		rd.ids[e.id] = e
	}
	var known bool
	e.kind, known = kindOf(e.kindName)
	switch {
	case known:
	case given["kind"] == nil:
		rd.spoil("kind", "give one of "+strings.Join(kindNames(), ", "), "is missing")
	case !isText || e.kindName == "":
		rd.spoil("kind", "give one of "+strings.Join(kindNames(), ", "), "%s is no kind", short(string(given["kind"])))
	default:
		rd.spoil("kind", didYouMean(e.kindName, kindNames(), "give one of "), "%s is no kind", quoted(e.kindName))
	}
	return known
}
