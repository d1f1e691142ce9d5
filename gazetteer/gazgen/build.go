package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"vedette/gazetteer"
)

// place is a place with all its names.
type place struct {
	gazetteer.Place
	names map[string]gazetteer.Via // folded; the chief name has the smallest Via
}

// builder holds the places and gives each key to them.
type builder struct {
	places []*place
	keys   map[string][]post
	words  map[string]gazetteer.Class
}

type post struct {
	place int
	via   gazetteer.Via
}

// add takes a place and its chief name.
func (b *builder) add(p gazetteer.Place) *place {
	it := &place{Place: p, names: map[string]gazetteer.Via{}}
	b.places = append(b.places, it)
	it.call(gazetteer.Name, p.Name)
	return it
}

// call gives a place further names. A name that it has in a better way stays;
// a leading article may be left out.
func (p *place) call(via gazetteer.Via, names ...string) {
	for _, name := range names {
		key := gazetteer.Fold(name)
		if short, ok := strings.CutPrefix(key, "the "); ok {
			key = short
		}
		as := via
		if via == gazetteer.Alias && (arabic(name) || alike(key, p.Name)) {
			as = gazetteer.Spelling
		}
		if old, ok := p.names[key]; key != "" && (!ok || as < old) {
			p.names[key] = as
		}
	}
}

// alike tells spellings of one name in Latin script.
func alike(key, name string) bool {
	bones := gazetteer.Skeleton(key)
	return len(bones) >= 2 && bones == gazetteer.Skeleton(name)
}

// order puts places by country, unit, kind and number, and gives out the keys.
func (b *builder) order() {
	slices.SortStableFunc(b.places, func(a, c *place) int {
		return cmp.Or(cmp.Compare(a.Country, c.Country), cmp.Compare(a.Admin1, c.Admin1), cmp.Compare(c.Kind, a.Kind), cmp.Compare(a.ID, c.ID), cmp.Compare(a.Name, c.Name))
	})
	b.keys = map[string][]post{}
	for i, p := range b.places {
		for _, key := range slices.Sorted(maps.Keys(p.names)) {
			b.keys[key] = append(b.keys[key], post{i, p.names[key]})
		}
	}
	for _, posts := range b.keys {
		slices.SortStableFunc(posts, func(x, y post) int {
			p, q := b.places[x.place], b.places[y.place]
			return cmp.Or(cmp.Compare(q.Population, p.Population), cmp.Compare(q.Kind, p.Kind), cmp.Compare(p.ID, q.ID), cmp.Compare(p.Name, q.Name))
		})
	}
}

// pack writes what gazetteer.decode reads.
func (b *builder) pack() ([]byte, error) {
	b.order()
	var out output
	out.WriteString("vedette gazetteer 1\n")
	countries, admins := out.table(b.places, country), out.table(b.places, admin)
	out.uvarint(uint64(len(b.places)))
	b.columns(&out, countries, admins)
	b.writeKeys(&out)
	b.writeWords(&out)
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return enc.EncodeAll(out.Bytes(), nil), nil
}

func country(p *place) string { return p.Country }
func admin(p *place) string   { return p.Admin1 }

func (b *builder) columns(out *output, countries, admins map[string]int) {
	column := func(value func(p *place) uint64) {
		for _, p := range b.places {
			out.uvarint(value(p))
		}
	}
	column(func(p *place) uint64 { return uint64(p.Kind) })
	column(func(p *place) uint64 { return uint64(countries[p.Country]) })
	column(func(p *place) uint64 { return uint64(admins[p.Admin1]) })
	column(func(p *place) uint64 { return uint64(p.Population) })
	column(delta(func(p *place) int64 { return int64(p.ID) }))
	column(delta(func(p *place) int64 { return round4(p.At.Lat) }))
	column(delta(func(p *place) int64 { return round4(p.At.Lon) }))
	for _, p := range b.places {
		name := p.Name
		if gazetteer.Title(gazetteer.Fold(name)) == name && p.names[gazetteer.Fold(name)] == gazetteer.Name {
			name = "" // it is read off the key
		}
		out.text(name)
	}
}

// delta gives zigzag differences from the place before.
func delta(value func(*place) int64) func(*place) uint64 {
	var last int64
	return func(p *place) uint64 {
		d := value(p) - last
		last += d
		return uint64(d<<1) ^ uint64(d>>63)
	}
}

func round4(deg float64) int64 {
	if deg < 0 {
		return -int64(-deg*1e4 + 0.5)
	}
	return int64(deg*1e4 + 0.5)
}

func (b *builder) writeKeys(out *output) {
	last := ""
	out.uvarint(uint64(len(b.keys)))
	for _, key := range slices.Sorted(maps.Keys(b.keys)) {
		shared := common(last, key)
		out.uvarint(uint64(shared))
		out.text(key[shared:])
		out.uvarint(uint64(len(b.keys[key])))
		for _, p := range b.keys[key] {
			out.uvarint(uint64(p.place)<<3 | uint64(p.via))
		}
		last = key
	}
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// output is written in varints.
type output struct{ bytes.Buffer }

func (out *output) uvarint(v uint64) { out.Write(binary.AppendUvarint(nil, v)) }

func (out *output) text(s string) {
	out.uvarint(uint64(len(s)))
	out.WriteString(s)
}

// table writes the values that occur, and gives each its number.
func (out *output) table(places []*place, value func(*place) string) map[string]int {
	numbers := map[string]int{}
	for _, p := range places {
		numbers[value(p)] = 0
	}
	all := slices.Sorted(maps.Keys(numbers))
	out.uvarint(uint64(len(all)))
	for i, v := range all {
		numbers[v] = i
		out.text(v)
	}
	return numbers
}
