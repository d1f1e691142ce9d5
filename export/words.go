package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inCondition begins a sentence: by day, at night, in dust.
func inCondition(name string) string {
	switch name {
	case "day":
		return "by day"
	case "night", "dusk", "dawn":
		return "at " + name
	case "dust", "haze", "fog", "rain", "smoke":
		return "in " + name
	}
	return "at " + name
}

// capital is s with a capital letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// list joins words as a sentence does.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// answer is the sentence that the page begins with.
func answer(s Summary) string {
	var parts []string
	for i, c := range s.Conditions {
		part := inCondition(c.Name) + " " + percent(c.WatchedShare)
		if i == 0 {
			part += " of the strip is watched"
		}
		parts = append(parts, part)
	}
	text := capital(strings.Join(parts, ", ")) + "."
	if s.Provenance.Public {
		return text
	}
	return text + weakestSentence(s)
}

// weakestSentence names the weakest kilometre of each condition.
func weakestSentence(s Summary) string {
	var parts []string
	for _, c := range s.Conditions {
		if c.Weakest == nil {
			continue
		}
		part := fmt.Sprintf("%s the weakest kilometre is km %s, with %s", inCondition(c.Name), span(*c.Weakest), percent(c.Weakest.WatchedShare))
		if n := blind(c.Kilometres); n > 1 {
			part = fmt.Sprintf("%s nothing is watched in %d kilometres, of which the first is km %s", inCondition(c.Name), n, span(*c.Weakest))
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + capital(strings.Join(parts, "; ")) + "."
}

// blind counts the kilometres of which nothing is watched.
func blind(all []StretchFigures) int {
	n := 0
	for _, s := range all {
		if s.KM2 > 0 && s.WatchedShare == 0 {
			n++
		}
	}
	return n
}

// detail is what follows: how many posts, and what the worst loss is.
func detail(s Summary) string {
	if s.Posts == 0 {
		return "The area has no posts: nobody watches."
	}
	if s.Provenance.Public {
		return ""
	}
	text := fmt.Sprintf("%s the line.", plural(s.Posts-s.Down, "post watches", "posts watch"))
	if s.Down > 0 {
		text += fmt.Sprintf(" %s out of service.", plural(s.Down, "more is", "more are"))
	}
	for _, c := range s.Conditions[:1] {
		if len(c.Losses) > 0 && c.Losses[0].BlindKM2 > 0 {
			text += fmt.Sprintf(" The loss of %s would hurt most %s: %s km² would go blind, most of it in km %s.",
				s.siteName(c.Losses[0].Site), inCondition(c.Name), km2(c.Losses[0].BlindKM2), kilometreFrom(c.Losses[0].WorstFromKM))
		}
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// siteName is how the page calls a site.
func (s Summary) siteName(id string) string {
	for _, site := range s.Sites {
		if site.ID == id && site.Name != "" {
			return site.Name
		}
	}
	return id
}

// kilometreFrom names the kilometre that begins at a mark.
func kilometreFrom(km float64) string { return span(StretchFigures{FromKM: km, ToKM: km + 1}) }

func watchedSentence(f ConditionFigures) string {
	s := fmt.Sprintf("%s %s of the strip is watched (%s km²), %s by two posts or more", capital(inCondition(f.Name)),
		percent(f.WatchedShare), km2(f.WatchedKM2), percent(f.TwiceShare))
	if f.Weakest != nil {
		s += fmt.Sprintf("; the weakest kilometre is km %s with %s", span(*f.Weakest), percent(f.Weakest.WatchedShare))
	}
	return s + "."
}

// under counts the kilometres of which less than a tenth is watched.
func under(all []StretchFigures) int {
	n := 0
	for _, s := range all {
		if s.KM2 > 0 && s.WatchedShare < .1 {
			n++
		}
	}
	return n
}

// kilometreText is the chart by kilometre in words.
func kilometreText(s Summary) string {
	var parts []string
	for _, c := range s.Conditions {
		if c.Weakest == nil {
			continue
		}
		low, high := c.Weakest.WatchedShare, c.Weakest.WatchedShare
		for _, k := range c.Kilometres {
			if k.KM2 > 0 {
				high = max(high, k.WatchedShare)
			}
		}
		parts = append(parts, fmt.Sprintf("%s it runs from %s (km %s) to %s, and %d of %d kilometres are under a tenth",
			capital(inCondition(c.Name)), percent(low), span(*c.Weakest), percent(high), under(c.Kilometres), len(c.Kilometres)))
	}
	return sentences(parts)
}

// distanceText is the chart by distance in words: what of either side is
// watched.
func distanceText(s Summary) string {
	var parts []string
	for _, c := range s.Conditions {
		far, own := side(c.Distances, -1), side(c.Distances, 1)
		parts = append(parts, fmt.Sprintf("%s %s of the far side is watched and %s of the own", capital(inCondition(c.Name)), percent(far), percent(own)))
	}
	return sentences(parts)
}

// side is the watched share on one side of the frontier.
func side(bands []StretchFigures, sign float64) float64 {
	var ground, watched float64
	for _, b := range bands {
		if sign*(b.FromKM+b.ToKM) > 0 {
			ground += b.KM2
			watched += b.KM2 * b.WatchedShare
		}
	}
	if ground == 0 {
		return 0
	}
	return watched / ground
}

func sentences(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ". ") + "."
}

// assumptions are the limits of the model, which hold for every plan, and what
// this one adds.
func (p Plan) assumptions() []string {
	s := p.Area.Settings
	all := []string{
		fmt.Sprintf("Watched means: a line of sight to a target %s m high, within the reach of a sensor in that light and air. "+
			"Whether somebody looks, and recognises what is there, is not in the figures.", number(s.TargetHeightM)),
		"The reaches of sensors are priors from their kind and the area file, not measured on this line. Exercises should replace them; until then read shares as estimates without a range.",
		fmt.Sprintf("The Earth's curvature and refraction are in: ground at a distance d is lowered by %.5g d²/2a, a being the radius 6,378,137 m; "+
			"0.857 stands for ordinary refraction of light.", s.Curvature),
		"What stands on the ground hides only where the area file or the heights have it: houses, trees and vehicles that neither knows do not hide anything here.",
		fmt.Sprintf("A cell of %s m is seen or not seen as a whole, and belongs to the kilometre of the frontier nearest to it. Ground that has no height is not counted as seen.",
			number(p.Result.Frame.DX)),
		"Areas are counted on the UTM grid; its scale makes them up to 0.2 % too small or too large.",
	}
	if p.Provenance.Public {
		all = append(all, publicNote+" Shares are of the whole strip.")
	}
	return append(all, p.Notes...)
}
