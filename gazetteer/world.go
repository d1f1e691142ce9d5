package gazetteer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/klauspost/compress/zstd"

	"vedette/geo"
)

// world is the embedded gazetteer: places in one slice, keys sorted in one
// string, and for every key the places that it may mean.
type world struct {
	countries []string
	admins    []string
	places    []packed
	names     string // names that are not their key in title case
	keys      string
	ends      []uint32 // of every key in keys
	posts     []uint32 // place<<3 | via
	postEnds  []uint32 // of every key in posts
	words     words
	sounds    sounds
}

// packed is a place in few bytes.
type packed struct {
	lat, lon       int32 // 1e-4 degrees
	id, population uint32
	name           uint32 // offset in names, or key | derived
	nameLen        uint8
	kind           Kind
	country, admin uint16
}

const derived = 1 << 31

// candidates gives what a key stands for.
func (w *world) candidates(key string) []Candidate {
	i, ok := w.find(key)
	if !ok {
		return nil
	}
	posts := w.posts[before(w.postEnds, i):w.postEnds[i]]
	all := make([]Candidate, len(posts))
	for n, p := range posts {
		all[n] = Candidate{w.place(int(p >> 3)), Via(p & 7)}
	}
	return all
}

// find gives the number of a key, or of the first key that is not less.
func (w *world) find(key string) (int, bool) {
	i := sort.Search(len(w.ends), func(i int) bool { return w.key(i) >= key })
	return i, i < len(w.ends) && w.key(i) == key
}

// reach tells whether a key is one, and whether others begin with its words.
func (w *world) reach(key string) (begins, whole bool) {
	i, whole := w.find(key)
	if whole {
		i++
	}
	// Between a key and the same followed by a space there may be others, such
	// as "san" and "san'a": only those that sort before the space, which none do.
	return i < len(w.ends) && strings.HasPrefix(w.key(i), key) && w.key(i)[len(key)] == ' ', whole
}

func (w *world) key(i int) string { return w.keys[before(w.ends, i):w.ends[i]] }

func before(ends []uint32, i int) uint32 {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

func (w *world) place(i int) Place {
	p := &w.places[i]
	return Place{
		ID: int(p.id), Name: w.name(p), Country: w.countries[p.country], Admin1: w.admins[p.admin],
		Kind: p.kind, Population: int(p.population),
		At: geo.Point{Lat: float64(p.lat) / 1e4, Lon: float64(p.lon) / 1e4},
	}
}

func (w *world) name(p *packed) string {
	if p.name&derived != 0 {
		return Title(w.key(int(p.name &^ derived)))
	}
	return w.names[p.name : p.name+uint32(p.nameLen)]
}

// Title writes a key as most names are written: every word with a capital.
func Title(key string) string {
	b := []byte(key)
	for i := range b {
		if (i == 0 || b[i-1] == ' ') && 'a' <= b[i] && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// magic begins the world's bytes, before they are packed.
const magic = "vedette gazetteer 1\n"

var errShort = errors.New("it ends too early")

// decode reads what gazgen writes.
func decode(packed []byte) (*world, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, fmt.Errorf("gazetteer: %w", err)
	}
	defer dec.Close()
	text, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("gazetteer: unpack: %w", err)
	}
	return parse(text)
}

// parse reads the world's bytes.
func parse(text []byte) (*world, error) {
	in := &input{text: text}
	w := &world{}
	if in.bytes(len(magic)) != magic {
		return nil, errors.New("gazetteer: this is no gazetteer, or one of another version")
	}
	w.countries = in.strings()
	w.admins = in.strings()
	w.readPlaces(in)
	w.readKeys(in)
	w.words.read(in)
	if err := w.check(in); err != nil {
		return nil, fmt.Errorf("gazetteer: %w", err)
	}
	return w, nil
}

// readPlaces reads the places, a column at a time.
func (w *world) readPlaces(in *input) {
	w.places = make([]packed, in.count())
	p := w.places
	column(in, p, func(p *packed, v uint64) { p.kind = Kind(v) })
	column(in, p, func(p *packed, v uint64) { p.country = uint16(v) })
	column(in, p, func(p *packed, v uint64) { p.admin = uint16(v) })
	column(in, p, func(p *packed, v uint64) { p.population = uint32(v) })
	var id, lat, lon int64
	column(in, p, func(p *packed, v uint64) { id += unzigzag(v); p.id = uint32(id) })
	column(in, p, func(p *packed, v uint64) { lat += unzigzag(v); p.lat = int32(lat) })
	column(in, p, func(p *packed, v uint64) { lon += unzigzag(v); p.lon = int32(lon) })
	var names strings.Builder
	column(in, p, func(p *packed, v uint64) {
		p.name, p.nameLen = uint32(names.Len()), uint8(v)
		names.WriteString(in.bytes(int(p.nameLen)))
	})
	w.names = names.String()
}

func column(in *input, places []packed, set func(*packed, uint64)) {
	for i := range places {
		set(&places[i], in.uvarint())
	}
}

// readKeys reads the sorted keys and the places of each. The first chief name
// names a place that has no name of its own.
func (w *world) readKeys(in *input) {
	var keys front
	for k := range in.count() {
		keys.next(in)
		for range in.count() {
			w.post(k, uint32(in.uvarint()))
		}
		w.postEnds = append(w.postEnds, uint32(len(w.posts)))
	}
	w.keys, w.ends = string(keys.text), keys.ends
}

func (w *world) post(key int, p uint32) {
	w.posts = append(w.posts, p)
	if i := int(p >> 3); i < len(w.places) && Via(p&7) == Name && w.places[i].nameLen == 0 && w.places[i].name&derived == 0 {
		w.places[i].name = uint32(key) | derived
	}
}

// check refuses numbers that lead outside.
func (w *world) check(in *input) error {
	if in.short {
		return errShort
	}
	for _, p := range w.posts {
		if int(p>>3) >= len(w.places) {
			return fmt.Errorf("a name of place %d of %d", p>>3, len(w.places))
		}
	}
	for i := range w.places {
		p := &w.places[i]
		switch {
		case int(p.country) >= len(w.countries) || int(p.admin) >= len(w.admins) || int(p.kind) >= len(kindNames):
			return fmt.Errorf("place %d lies in no country, unit or kind", i)
		case p.nameLen == 0 && p.name&derived == 0:
			return fmt.Errorf("place %d has no name", i)
		}
	}
	return nil
}

// input reads varints and remembers that it ran short.
type input struct {
	text  []byte
	short bool
}

func (in *input) uvarint() uint64 {
	v, n := binary.Uvarint(in.text)
	if n <= 0 {
		in.short, in.text = true, nil
		return 0
	}
	in.text = in.text[n:]
	return v
}

// count reads a number of things that follow, each of a byte or more.
func (in *input) count() int {
	v := in.uvarint()
	if v > uint64(len(in.text)) {
		in.short, in.text = true, nil
		return 0
	}
	return int(v)
}

func (in *input) bytes(n int) string {
	if n > len(in.text) {
		in.short, in.text = true, nil
		return ""
	}
	s := string(in.text[:n])
	in.text = in.text[n:]
	return s
}

func (in *input) strings() []string {
	all := make([]string, in.count())
	for i := range all {
		all[i] = in.bytes(in.count())
	}
	return all
}

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
