package settings

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Override sets keys from an environment, lines of NAME=value: PREFIX_SECTION_KEY
// sets one, a list is split at its commas. A name that begins like a section and
// is no key of it is an error; others are not ours to judge. It gives the names
// of the keys that were set.
func Override(environ []string, prefix string, into any) ([]string, error) {
	var set []string
	var all []error
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		rest, ours := strings.CutPrefix(name, prefix+"_")
		if !ours {
			continue
		}
		key, err := override(reflect.ValueOf(into).Elem(), rest, value)
		if err != nil {
			all = append(all, fmt.Errorf("%s: %w", name, err))
		} else if key != "" {
			set = append(set, key)
		}
	}
	return set, errors.Join(all...)
}

func override(v reflect.Value, name, value string) (key string, err error) {
	for section := range fields(v.Type()) {
		rest, ours := strings.CutPrefix(name, strings.ToUpper(section.name)+"_")
		if !ours || section.Type.Kind() != reflect.Struct {
			continue
		}
		for f := range fields(section.Type) {
			if strings.ToUpper(f.name) == rest {
				return section.name + "." + f.name, assign(v.FieldByIndex(section.Index).FieldByIndex(f.Index), value)
			}
		}
		return "", fmt.Errorf("is no setting; %s", siblings([]string{section.name, ""}, v.Addr().Interface()))
	}
	return "", nil
}

// assign reads a value as its field is.
func assign(v reflect.Value, value string) error {
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return text.UnmarshalText([]byte(value))
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(value); err == nil {
			v.SetBool(b)
		}
	case reflect.Int, reflect.Int64:
		var n int64
		if n, err = strconv.ParseInt(value, 10, 64); err == nil {
			v.SetInt(n)
		}
	case reflect.Float64:
		var n float64
		if n, err = strconv.ParseFloat(value, 64); err == nil {
			v.SetFloat(n)
		}
	case reflect.Slice:
		var list []string
		for s := range strings.SplitSeq(value, ",") {
			if s = strings.TrimSpace(s); s != "" {
				list = append(list, s)
			}
		}
		v.Set(reflect.ValueOf(list))
	default:
		panic("settings: a key of kind " + v.Kind().String())
	}
	if err != nil {
		return fmt.Errorf("%.40q is no %s", value, v.Kind())
	}
	return nil
}
