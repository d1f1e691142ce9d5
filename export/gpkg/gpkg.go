// Package gpkg writes vector layers as a GeoPackage 1.3 (OGC 12-128r17), the
// SQLite file that QGIS and GDAL open.
//
// Positions are geo.Point in, longitude and latitude on WGS 84 (EPSG:4326)
// out. Every layer has an R-tree, and the file carries its metadata. The same
// input gives the same bytes: times come from the caller.
package gpkg

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"vedette/geo"
)

// Shape is the kind of geometry that a layer holds.
type Shape string

// The shapes. A polygon has one ring; it is closed when it is written.
const (
	Point   Shape = "POINT"
	Line    Shape = "LINESTRING"
	Polygon Shape = "POLYGON"
)

// Type is the type of a column.
type Type string

// The types of columns.
const (
	Text    Type = "TEXT"
	Integer Type = "INTEGER"
	Real    Type = "REAL"
	Boolean Type = "BOOLEAN"
)

// Column is one property of the features of a layer. Its name holds small
// letters, digits and underscores.
type Column struct {
	Name string
	Type Type
}

// Feature is one row: its vertices, and a value for each column of the layer
// (string, int, float64, bool, or nil where there is none).
type Feature struct {
	Points []geo.Point
	Values []any
}

// Layer is a table of features of one shape.
type Layer struct {
	Name        string // of the table: small letters, digits and underscores
	Description string
	Shape       Shape
	Columns     []Column
	Features    []Feature
}

// Package is what is written into one file.
type Package struct {
	Changed  time.Time // of every layer
	Metadata []byte    // JSON, about the whole file
	Zone     *geo.Zone // also listed among the reference systems, if set
	Layers   []Layer
}

//go:embed schema.sql
var schema string

//go:embed rtree.sql
var triggers string

// Write writes p to w. The whole file is built in memory first.
func Write(ctx context.Context, w io.Writer, p Package) error {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return fmt.Errorf("open a database in memory: %w", err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx) // each connection has a memory of its own
	if err != nil {
		return fmt.Errorf("open a database in memory: %w", err)
	}
	defer conn.Close()
	if err := fill(ctx, conn, p); err != nil {
		return err
	}
	file, err := serialize(conn)
	if err != nil {
		return fmt.Errorf("serialize the database: %w", err)
	}
	_, err = w.Write(file)
	return err
}

// fill builds the tables in one transaction.
func fill(ctx context.Context, conn *sql.Conn, p Package) error {
	if _, err := conn.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("make the tables of a GeoPackage: %w", err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	t := &tables{ctx: ctx, tx: tx, changed: p.Changed.UTC().Format("2006-01-02T15:04:05.000Z")}
	if err := t.preamble(p); err != nil {
		return err
	}
	for _, l := range p.Layers {
		if err := t.layer(l); err != nil {
			return fmt.Errorf("layer %s: %w", l.Name, err)
		}
	}
	return tx.Commit()
}

// serialize gives the bytes of the database as a file would hold them.
func serialize(conn *sql.Conn) (file []byte, err error) {
	err = conn.Raw(func(driver any) error {
		s, ok := driver.(interface{ Serialize() ([]byte, error) })
		if !ok {
			return errors.New("the driver cannot serialize")
		}
		file, err = s.Serialize()
		return err
	})
	return file, err
}

// tables fills the tables of one file.
type tables struct {
	ctx     context.Context
	tx      *sql.Tx
	changed string
}

func (t *tables) exec(query string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, query, args...)
	return err
}

// preamble lists the reference systems and the metadata.
func (t *tables) preamble(p Package) error {
	for _, s := range systems(p.Zone) {
		if err := t.exec(`INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)`,
			s.name, s.id, s.organization, s.id, s.definition, s.description); err != nil {
			return err
		}
	}
	if p.Metadata == nil {
		return nil
	}
	if err := t.exec(`INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'https://json-schema.org', 'application/json', ?)`,
		string(p.Metadata)); err != nil {
		return err
	}
	return t.exec(`INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)`, t.changed)
}

const (
	key      = "fid"
	geometry = "geom"
)

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// check refuses names that would need quoting, in SQL and for every reader.
func (l Layer) check() error {
	if !plainName.MatchString(l.Name) || strings.HasPrefix(l.Name, "gpkg_") || strings.HasPrefix(l.Name, "rtree_") {
		return fmt.Errorf("name %q: not a plain name; use small letters, digits and underscores", l.Name)
	}
	seen := map[string]bool{key: true, geometry: true}
	for _, c := range l.Columns {
		if !plainName.MatchString(c.Name) || seen[c.Name] {
			return fmt.Errorf("column %q: not a plain name, or taken; use small letters, digits and underscores", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// layer writes a table, its rows, its entries in the tables about tables, and
// its R-tree.
func (t *tables) layer(l Layer) error {
	if err := l.check(); err != nil {
		return err
	}
	if err := t.create(l); err != nil {
		return err
	}
	whole := empty()
	for i, f := range l.Features {
		e, err := t.row(l, i+1, f)
		if err != nil {
			return fmt.Errorf("feature %d: %w", i+1, err)
		}
		whole = whole.union(e)
	}
	if err := t.contents(l, whole); err != nil {
		return err
	}
	// After the rows: the triggers call functions that only readers have.
	return t.exec(strings.NewReplacer("{t}", l.Name, "{c}", geometry, "{i}", key).Replace(triggers))
}

// create makes the table of a layer and its empty R-tree.
func (t *tables) create(l Layer) error {
	var columns strings.Builder
	for _, c := range l.Columns {
		fmt.Fprintf(&columns, ", %q %s", c.Name, c.Type)
	}
	if err := t.exec(fmt.Sprintf(`CREATE TABLE %q (%q INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, %q %s%s)`,
		l.Name, key, geometry, l.Shape, columns.String())); err != nil {
		return err
	}
	return t.exec(fmt.Sprintf(`CREATE VIRTUAL TABLE "rtree_%s_%s" USING rtree(id, minx, maxx, miny, maxy)`, l.Name, geometry))
}

// row inserts one feature into its table and its R-tree.
func (t *tables) row(l Layer, id int, f Feature) (envelope, error) {
	if len(f.Values) != len(l.Columns) {
		return empty(), fmt.Errorf("%d values for %d columns", len(f.Values), len(l.Columns))
	}
	blob, e, err := encode(l.Shape, f.Points)
	if err != nil {
		return empty(), err
	}
	marks := strings.Repeat(", ?", len(f.Values))
	args := append([]any{id, blob}, f.Values...)
	if err := t.exec(fmt.Sprintf(`INSERT INTO %q VALUES (?, ?%s)`, l.Name, marks), args...); err != nil {
		return empty(), err
	}
	return e, t.exec(fmt.Sprintf(`INSERT INTO "rtree_%s_%s" VALUES (?, ?, ?, ?, ?)`, l.Name, geometry),
		id, e.minX, e.maxX, e.minY, e.maxY)
}

// contents enters a layer in the tables about tables.
func (t *tables) contents(l Layer, e envelope) error {
	var bounds [4]any // unknown for a layer without features
	if len(l.Features) > 0 {
		bounds = [4]any{e.minX, e.minY, e.maxX, e.maxY}
	}
	if err := t.exec(`INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, 4326)`,
		l.Name, l.Name, l.Description, t.changed, bounds[0], bounds[1], bounds[2], bounds[3]); err != nil {
		return err
	}
	if err := t.exec(`INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, 4326, 0, 0)`,
		l.Name, geometry, string(l.Shape)); err != nil {
		return err
	}
	return t.exec(`INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index',
		'http://www.geopackage.org/spec130/#extension_rtree', 'write-only')`, l.Name, geometry)
}
