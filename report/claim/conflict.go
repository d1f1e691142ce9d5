package claim

// conflicts finds claims of a story that sit ill together. Both stay: a
// person judges.
func conflicts(all []Claim) []Conflict {
	var out []Conflict
	for i := range all {
		for k := range all {
			if why := clash(&all[i], &all[k]); why != "" && (i < k || !symmetric(&all[i], &all[k])) {
				out = append(out, Conflict{
					Claims: []string{all[i].ID, all[k].ID},
					Voices: []string{all[i].Voice.label(), all[k].Voice.label()}, Why: why,
				})
			}
		}
	}
	return out
}

func symmetric(a, b *Claim) bool { return clash(a, b) != "" && clash(b, a) != "" }

// clash says why a sits ill with b; empty: it does not.
func clash(a, b *Claim) string {
	switch {
	case denies(a) && alarmed(b):
		return "one voice says there is no threat, while forces are sent or reinforced"
	case a.Kind == b.Kind && a.Kind != Statement && a.Status == Negated && b.Status == Asserted && a.sentence != b.sentence && samePlace(a, b):
		return "the same is denied and asserted"
	case a.Kind == ControlChange && b.Kind == ControlChange && a.Status == Asserted && b.Status == Asserted &&
		samePlace(a, b) && winner(a) != "" && winner(b) != "" && winner(a) != winner(b):
		return "two parties are said to have taken the same ground"
	}
	return ""
}

func denies(c *Claim) bool { return c.Kind == Statement && c.Status == Negated }

// alarmed tells whether a claim is one of forces sent for fear of something.
func alarmed(c *Claim) bool {
	return c.Kind == ForceMove && c.Status == Asserted && sending.MatchString(c.Sentence)
}

func winner(c *Claim) string {
	for _, a := range c.Actors {
		if a.Role == "does" {
			return a.Name
		}
	}
	return ""
}

func samePlace(a, b *Claim) bool {
	return a.Where != nil && b.Where != nil && a.Where.Anchor == b.Where.Anchor
}
