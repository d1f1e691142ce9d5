package export

import (
	"fmt"
	"strings"
	"time"
)

// Provenance is what every product says of itself: who made it, when, from
// what, and how far it may be trusted and shown.
type Provenance struct {
	By       string    `json:"by"`       // a person or an office
	At       time.Time `json:"at"`       // when it was made
	Software string    `json:"software"` // name and version
	Area     Input     `json:"area"`     // the area file
	Terrain  []Input   `json:"terrain"`  // where the heights come from
	Seed     int64     `json:"seed,omitempty"`

	Synthetic    bool     `json:"synthetic_terrain"` // the heights are made, not measured
	Illustrative bool     `json:"illustrative"`      // the posts are invented
	NotForSiting string   `json:"not_for_siting"`    // the warning where the heights are too coarse; empty otherwise
	Public       bool     `json:"public"`            // dead ground is left out; everything else is restricted
	Attribution  []string `json:"attribution"`       // of the data, shown on every map
}

// Input is a file that went into a product.
type Input struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256,omitempty"`
	Note   string `json:"note,omitempty"` // licence, posting, what was left out
}

// Marking says who may see the product, in one word.
func (p Provenance) Marking() string {
	if p.Public {
		return "PUBLIC"
	}
	return "RESTRICTED"
}

// Warnings are the sentences that stand above everything else, strongest
// first. There may be none.
func (p Provenance) Warnings() []string {
	var w []string
	if p.NotForSiting != "" {
		w = append(w, p.NotForSiting)
	}
	if p.Synthetic {
		w = append(w, "Synthetic terrain: the heights are made from spot heights and a seed, not measured.")
	}
	if p.Illustrative {
		w = append(w, "Illustrative: the posts, barriers and units are invented; nothing here says where real ones are.")
	}
	if p.Public {
		w = append(w, publicNote)
	}
	return w
}

const publicNote = "Public edition: dead ground, figures by kilometre and by distance, crossings, the loss of single posts, and " +
	"the places of posts, barriers, bases, units, patrols and protected places are left out."

// Origin is one line: by whom, when, with what, from what.
func (p Provenance) Origin() string {
	var from []string
	for _, in := range append([]Input{p.Area}, p.Terrain...) {
		if in.Name != "" {
			from = append(from, in.short())
		}
	}
	s := fmt.Sprintf("Made by %s on %s with %s", orUnnamed(p.By), p.At.UTC().Format("2006-01-02 15:04 UTC"), p.Software)
	if len(from) > 0 {
		s += " from " + strings.Join(from, ", ")
	}
	if p.Seed != 0 {
		s += fmt.Sprintf("; seed %d", p.Seed)
	}
	return s + "."
}

func orUnnamed(by string) string {
	if by == "" {
		return "an unnamed person"
	}
	return by
}

// short names an input and the first digits of its checksum.
func (in Input) short() string {
	if len(in.SHA256) < 12 {
		return in.Name
	}
	return fmt.Sprintf("%s (sha256 %s...)", in.Name, in.SHA256[:12])
}

// Text is the whole provenance as lines of plain text, for the metadata of
// files that hold no structure.
func (p Provenance) Text() string {
	lines := append([]string{p.Marking() + "."}, p.Warnings()...)
	lines = append(lines, p.Origin())
	return strings.Join(append(lines, p.Attribution...), "\n")
}
