package frontier

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with an area file.
type Problem struct {
	Feature int    `json:"feature"` // its index in the file, -1 for the file and its settings
	ID      string `json:"id,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Field   string `json:"field,omitempty"` // sensors[0].range_m; of the settings, vedette.box
	Problem string `json:"problem"`
	Mend    string `json:"mend"`
}

// String gives where, what is wrong, and how to mend it.
func (p Problem) String() string {
	var where []string
	if p.Feature >= 0 {
		where = append(where, fmt.Sprintf("features[%d]", p.Feature))
		if p.ID != "" {
			where = append(where, fmt.Sprintf("%q", p.ID))
		}
	}
	if p.Field != "" {
		where = append(where, p.Field)
	}
	text := p.Problem + "; " + p.Mend
	if len(where) > 0 {
		text = strings.Join(where, " ") + ": " + text
	}
	return text
}

// Problems are all that is wrong with an area file, in the order of its
// features; what is wrong with the file and its settings comes first.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// maxProblems bounds a report: who has mended so many reads the file again.
// The last one says that there are more.
const maxProblems = 200

// report collects problems.
type report struct {
	all    Problems
	at     *entry                     // the feature that is spoken of; nil for the file
	broken map[*entry]map[string]bool // fields that could not be read
	full   bool                       // no more is looked for
	cut    bool                       // there was more than is listed
}

func (r *report) add(field, mend, format string, args ...any) {
	if len(r.all) >= maxProblems-1 {
		r.full, r.cut = true, true
		return
	}
	p := Problem{Feature: -1, Field: field, Problem: fmt.Sprintf(format, args...), Mend: mend}
	if r.at != nil {
		p.Feature, p.ID, p.Kind = r.at.index, cut(r.at.id), cut(r.at.kindName)
	}
	r.all = append(r.all, p)
}

// spoil is add for a field of which no value could be read: what depends on
// its value is not looked at any more.
func (r *report) spoil(field, mend, format string, args ...any) {
	r.add(field, mend, format, args...)
	if r.broken == nil {
		r.broken = map[*entry]map[string]bool{}
	}
	if r.broken[r.at] == nil {
		r.broken[r.at] = map[string]bool{}
	}
	r.broken[r.at][field] = true
}

// problems are all that was found, in the order of the file.
func (r *report) problems() Problems {
	slices.SortStableFunc(r.all, func(a, b Problem) int { return a.Feature - b.Feature })
	if r.cut {
		return append(r.all, Problem{Feature: -1, Problem: fmt.Sprintf("more than %d problems", len(r.all)), Mend: "mend these first"})
	}
	return r.all
}

// sound tells whether the fields of the feature spoken of, and all that they
// lie in, could be read.
func (r *report) sound(fields ...string) bool {
	broken := r.broken[r.at]
	if len(broken) == 0 {
		return true
	}
	for _, field := range fields {
		for i, c := range field + "." {
			if (c == '.' || c == '[') && broken[field[:i]] {
				return false
			}
		}
	}
	return true
}
