// Package settings reads a program's settings from a TOML file, strictly, lets
// the environment override them, and prints the reference of them all.
//
// Settings are a struct of sections, each a struct of keys, both named by their
// tags: toml gives the name, doc the meaning, unit the unit where there is one.
// A key is a string, a bool, an integer, a float64, a Duration or a slice of
// strings; a section may be a slice of structs, an array of tables, too. What
// stands in the struct before it is read are the defaults. A struct that is
// made otherwise is a bug of the caller, and panics.
package settings

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// MaxSize bounds a file of settings, in bytes.
const MaxSize = 1 << 20

// Duration is a length of time, written like 90s, 10m or 720h.
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%.40q is no length of time; write one like 90s, 10m or 720h", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes a duration, without parts that are zero.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Read reads a file over the defaults that stand in into, a pointer to the
// settings. A key that is none is an error that names those there are; all
// such errors are reported, not the first.
func Read(r io.Reader, into any) error {
	text, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	if len(text) > MaxSize {
		return fmt.Errorf("read the settings: over %d bytes", MaxSize)
	}
	dec := toml.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	err = dec.Decode(into)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		return unknownKeys(unknown, into)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		return fmt.Errorf("line %d: %s: %s", row, strings.Join(wrong.Key(), "."), strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	return nil
}

func unknownKeys(unknown *toml.StrictMissingError, into any) error {
	var all []error
	for _, e := range unknown.Errors {
		row, _ := e.Position()
		key := e.Key()
		all = append(all, fmt.Errorf("line %d: %s is no setting; %s", row, strings.Join(key, "."), siblings(key, into)))
	}
	return errors.Join(all...)
}

// siblings tells what could have been meant by a key.
func siblings(key []string, into any) string {
	t := reflect.TypeOf(into).Elem()
	section := ""
	for _, name := range key[:len(key)-1] {
		field, ok := byName(t, name)
		if !ok {
			break
		}
		t, section = field.Type, name
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return section + " has no settings within"
		}
	}
	var names []string
	for f := range fields(t) {
		names = append(names, f.name)
	}
	if section == "" {
		return "the sections are " + strings.Join(names, ", ")
	}
	return "those of " + section + " are " + strings.Join(names, ", ")
}

func byName(t reflect.Type, name string) (reflect.StructField, bool) {
	for f := range fields(t) {
		if f.name == name {
			return f.StructField, true
		}
	}
	return reflect.StructField{}, false
}

// field is a field of a section or of the settings, and its names.
type field struct {
	reflect.StructField
	name, doc, unit string
}

// fields gives those of a struct that have a name in the file.
func fields(t reflect.Type) func(yield func(field) bool) {
	return func(yield func(field) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
			if name == "" || name == "-" {
				continue
			}
			if !yield(field{f, name, f.Tag.Get("doc"), f.Tag.Get("unit")}) {
				return
			}
		}
	}
}
