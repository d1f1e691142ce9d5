package export

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"vedette/viewshed"
)

// hill is a line over a hill that cuts it, with a void behind.
func hill() viewshed.Profile {
	p := viewshed.Profile{Length: 1000, Cut: 4, Worst: 5, RaiseEye: 12.3, RaiseTarget: 8.1}
	for i := range 11 {
		s := viewshed.Sample{Distance: float64(i) * 100, Sight: 110 - float64(i)}
		s.Ground = 100 + 20*math.Exp(-math.Pow(float64(i-5)/1.5, 2))
		s.Screen = s.Ground
		p.Samples = append(p.Samples, s)
	}
	p.Samples[8].Ground, p.Samples[8].Screen = math.NaN(), math.NaN()
	return p
}

func drawnProfile(t *testing.T, p viewshed.Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := ProfileSVG(&b, p); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return b.String()
		} else if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
	}
}

func TestAProfileSaysWhereItIsCut(t *testing.T) {
	svg := drawnProfile(t, hill())
	for _, want := range []string{"Cut at 400 m", "most is missing at 500 m: 15.0 m", "eye 12.3 m", "target 8.1 m", "stroke-dasharray", `role="img"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("the drawing lacks %q", want)
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Error("the void was drawn as a number")
	}
}

func TestAClearProfileSaysSo(t *testing.T) {
	p := hill()
	p.Clear, p.Cut, p.Worst = true, -1, 5
	p.Samples[5].Screen, p.Samples[5].Ground = 100, 100
	if svg := drawnProfile(t, p); !strings.Contains(svg, "Clear: it passes 5.0 m above") || strings.Contains(svg, "first cut") {
		t.Error("the drawing does not say that the line is clear")
	}
}

func TestAProfileOfTwoPlacesIsDrawn(t *testing.T) {
	p := viewshed.Profile{Length: 30, Clear: true, Cut: -1, Worst: -1, Samples: []viewshed.Sample{{Ground: 5, Screen: 5, Sight: 7}, {Distance: 30, Ground: 5, Screen: 5, Sight: 6}}}
	if svg := drawnProfile(t, p); !strings.Contains(svg, "nothing lies between") {
		t.Error("the drawing does not say that nothing lies between")
	}
}
