package settings

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Reference writes every key with its value, unit and meaning, as a file of
// settings that Read reads back the same. An array of tables without entries
// stands in it as comments.
func Reference(w io.Writer, defaults any) error {
	var b strings.Builder
	v := reflect.Indirect(reflect.ValueOf(defaults))
	for section := range fields(v.Type()) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		comment(&b, section.doc)
		if section.Type.Kind() == reflect.Slice {
			entries(&b, section.name, v.FieldByIndex(section.Index))
			continue
		}
		fmt.Fprintf(&b, "[%s]\n", section.name)
		keys(&b, "", v.FieldByIndex(section.Index))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// entries writes those of an array of tables, or an example where it has none.
func entries(b *strings.Builder, name string, list reflect.Value) {
	if list.Len() == 0 {
		fmt.Fprintf(b, "# [[%s]]\n", name)
		keys(b, "# ", example(list.Type().Elem()))
	}
	for i := range list.Len() {
		fmt.Fprintf(b, "[[%s]]\n", name)
		keys(b, "", list.Index(i))
	}
}

// exampler is an entry of an array of tables that shows itself.
type exampler interface{ Example() any }

func example(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	if e, ok := v.Interface().(exampler); ok {
		return reflect.ValueOf(e.Example())
	}
	return v
}

func keys(b *strings.Builder, before string, v reflect.Value) {
	for f := range fields(v.Type()) {
		meaning := f.doc
		if f.unit != "" {
			meaning += " (" + f.unit + ")"
		}
		comment(b, meaning)
		fmt.Fprintf(b, "%s%s = %s\n", before, f.name, written(v.FieldByIndex(f.Index)))
	}
}

func comment(b *strings.Builder, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			fmt.Fprintf(b, "# %s\n", line)
		}
	}
}

// written gives a value as TOML.
func written(v reflect.Value) string {
	if text, ok := v.Interface().(encoding.TextMarshaler); ok {
		s, err := text.MarshalText()
		if err != nil {
			panic(err)
		}
		return strconv.Quote(string(s))
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, written(v.Index(i)))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		var items []string
		for key, value := range v.Seq2() {
			items = append(items, strconv.Quote(key.String())+" = "+written(value))
		}
		slices.Sort(items)
		return "{" + strings.Join(items, ", ") + "}"
	case reflect.Float64:
		s := strconv.FormatFloat(v.Float(), 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	return fmt.Sprint(v.Interface())
}

// Tree gives the settings by the names that they have in the file: a map of the
// sections, each a map of its keys, or a list of such maps.
func Tree(v any) map[string]any {
	return tree(reflect.Indirect(reflect.ValueOf(v)))
}

func tree(v reflect.Value) map[string]any {
	all := map[string]any{}
	for f := range fields(v.Type()) {
		part := v.FieldByIndex(f.Index)
		switch {
		case part.Kind() == reflect.Struct:
			all[f.name] = tree(part)
		case part.Kind() == reflect.Slice && part.Type().Elem().Kind() == reflect.Struct:
			list := []any{}
			for i := range part.Len() {
				list = append(list, tree(part.Index(i)))
			}
			all[f.name] = list
		default:
			all[f.name] = part.Interface()
		}
	}
	return all
}
