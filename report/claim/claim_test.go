package claim_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vedette/frontier"
	"vedette/gazetteer"
	"vedette/geo"
	"vedette/outline"
	"vedette/report/claim"
	"vedette/report/intake"
	"vedette/report/locate"
)

// reader reads with the world's places and, where given, an area.
func reader(t testing.TB, area *frontier.Area, opt claim.Options) *claim.Reader {
	t.Helper()
	return claim.NewReader(locator(t, area), opt)
}

func locator(t testing.TB, area *frontier.Area) *locate.Locator {
	t.Helper()
	g, err := gazetteer.Open()
	if err != nil {
		t.Fatal(err)
	}
	l := &locate.Locator{World: outline.Open(), Places: g}
	if l.Watch, err = locate.NewWatch(area, l.World); err != nil {
		t.Fatal(err)
	}
	return l
}

func alQaim(t testing.TB) *frontier.Area {
	t.Helper()
	area, err := frontier.Load("../../examples/al-qaim/al-qaim.area.geojson")
	if err != nil {
		t.Fatal(err)
	}
	return area
}

// along is an area that is nothing but a frontier and parties.
func along(line []geo.Point, own string, parties ...frontier.Party) *frontier.Area {
	return &frontier.Area{Frontier: frontier.Frontier{OwnSide: own, Line: line}, Settings: frontier.Settings{Parties: parties}}
}

func one(t testing.TB, name string, raw []byte) *intake.Document {
	t.Helper()
	docs, err := intake.Read(name, raw, intake.DefaultLimits())
	if err != nil || len(docs) != 1 {
		t.Fatalf("%s: %d documents, %v", name, len(docs), err)
	}
	return &docs[0]
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// with finds the claim of a kind whose sentence has the words.
func with(t *testing.T, s claim.Story, kind claim.Kind, words string) claim.Claim {
	t.Helper()
	for _, c := range s.Claims {
		if c.Kind == kind && strings.Contains(c.Sentence, words) {
			return c
		}
	}
	t.Errorf("no %s in a sentence with %q", kind, words)
	return claim.Claim{}
}

func TestTheArticleOfTheValley(t *testing.T) {
	raw := file(t, "../../../examples/al-qaim/invented-article.txt")
	s := reader(t, alQaim(t), claim.Options{}).Read(one(t, "../../../examples/al-qaim/invented-article.txt", raw))

	if n := len(s.Dropped); n != 17 { // the separator and sixteen headlines
		t.Errorf("%d blocks dropped, want 17", n)
	}
	for _, c := range s.Claims {
		if strings.Contains(c.Sentence, "Hospital") || strings.Contains(c.Sentence, "2026") || c.When.From > "2018" {
			t.Errorf("a headline made a claim: %+v", c)
		}
	}
	for _, p := range s.Places {
		if p.Name == "Mosul" || p.Name == "Damascus" || p.Name == "London" {
			t.Errorf("a headline gave the place %s", p.Name)
		}
		if (p.Name == "Anbar" || p.Name == "Iraq") && !p.Outline {
			t.Errorf("%s is shown as a pin", p.Name)
		}
	}

	var voices []string
	for _, v := range s.Voices {
		voices = append(voices, strings.TrimSpace(v.Title+" "+v.Name))
	}
	if want := []string{"Major Salim Hadi", "an AFP photographer at the scene", "General Karim al-Dulaimi", "AFP"}; !slices.Equal(voices, want) {
		t.Errorf("voices %q, want %q", voices, want)
	}

	near := with(t, s, claim.ForcePresence, "five or six")
	if r := near.Where; r == nil || r.Frontier == nil || r.Frontier.Side != "far" || r.Frontier.LeastKM < 2.5 || r.Frontier.MostKM > 8.8 {
		t.Errorf("five or six kilometres away, inside Syria: %+v", r)
	}
	if near.Voice.Name != "Karim al-Dulaimi" || !near.Voice.Quote {
		t.Errorf("said by %+v", near.Voice)
	}

	retaken := with(t, s, claim.ControlChange, "late 2017")
	if retaken.Status != claim.Background || retaken.When.To != "2017-12-31" || len(retaken.Proposes) > 0 {
		t.Errorf("late 2017 is %s, %+v, proposes %v", retaken.Status, retaken.When, retaken.Proposes)
	}
	gained := with(t, s, claim.ControlChange, "Hajin")
	if len(gained.Proposes) != 1 || gained.Proposes[0].To != "Islamic State group" || gained.Proposes[0].From != "Syrian Democratic Forces" {
		t.Errorf("the villages retaken propose %+v", gained.Proposes)
	}
	sent := with(t, s, claim.ForceMove, "Baghdad")
	if len(sent.Actors) == 0 || !strings.HasPrefix(sent.Actors[0].Name, "Baghdad") || sent.Status != claim.Asserted {
		t.Errorf("who sends: %+v, %s", sent.Actors, sent.Status)
	}

	denial := with(t, s, claim.Statement, "threat")
	if denial.Status != claim.Negated || denial.Voice.Name != "Salim Hadi" || denial.Voice.How != "pronoun" {
		t.Errorf("the denial is %s by %+v", denial.Status, denial.Voice)
	}
	for _, c := range s.Claims {
		if strings.Contains(c.Sentence, "will not be a threat") && c.Kind != claim.Statement {
			t.Errorf("a denial made the event %s", c.Kind)
		}
	}
	if !slices.ContainsFunc(s.Conflicts, func(c claim.Conflict) bool { return c.Claims[0] == denial.ID && c.Claims[1] == sent.ID }) {
		t.Errorf("the denial and the troops sent are no conflict: %+v", s.Conflicts)
	}
	if post := with(t, s, claim.ObservationPost, "watchtowers"); post.When.Known || post.When.Text != "Thursday" {
		t.Errorf("Thursday without a date of publication: %+v", post.When)
	}

	says := map[string]bool{}
	for _, r := range s.Parties {
		says[r.Party+" "+r.Says+" "+r.Of] = true
	}
	for _, want := range []string{"us backs sdf", "is fights sdf", "hashd named ", "army named "} {
		if !says[want] {
			t.Errorf("the parties miss %q: %v", want, says)
		}
	}
}

func TestEveryFieldPointsAtTheBytesItCameFrom(t *testing.T) {
	raw := file(t, "../../../examples/al-qaim/invented-article.txt")
	s := reader(t, alQaim(t), claim.Options{}).Read(one(t, "../../../examples/al-qaim/invented-article.txt", raw))
	plain := strings.NewReplacer("´", "'")
	for _, c := range s.Claims {
		if len(c.Evidence) < 2 || len(c.Rules) == 0 {
			t.Errorf("%s rests on nothing: %+v", c.Kind, c)
		}
		for _, e := range c.Evidence {
			if got := plain.Replace(string(raw[e.Span.Start:e.Span.End])); got != e.Text {
				t.Errorf("%s of %s: the original has %q, not %q", e.Field, c.Kind, got, e.Text)
			}
		}
	}
}

func TestADayOfTheWeekNeedsADate(t *testing.T) {
	published := claim.Options{Published: time.Date(2018, 11, 2, 0, 0, 0, 0, time.UTC)}
	s := reader(t, alQaim(t), published).Read(one(t, "../../../examples/al-qaim/invented-article.txt", file(t, "../../../examples/al-qaim/invented-article.txt")))
	if c := with(t, s, claim.ObservationPost, "watchtowers"); c.When.From != "2018-11-01" || !c.When.Known {
		t.Errorf("Thursday before 2 November 2018: %+v", c.When)
	}
}

func TestOtherFrontiers(t *testing.T) {
	narva := along([]geo.Point{{Lat: 59.47, Lon: 28.04}, {Lat: 59.36, Lon: 28.2}, {Lat: 59.28, Lon: 28.13}, {Lat: 59.0, Lon: 27.73}}, "right",
		frontier.Party{ID: "guard", Name: "Border Guard", Relation: frontier.Own})
	s := reader(t, narva, claim.Options{}).Read(one(t, "marsh.txt", file(t, "marsh.txt")))
	if s.Wire != "Reuters" {
		t.Errorf("the wire is %q", s.Wire)
	}
	if c := with(t, s, claim.AirActivity, "3 km inside Estonia"); c.Where == nil || c.Where.Frontier == nil || c.Where.Frontier.Side != "own" {
		t.Errorf("3 km inside Estonia: %+v", c.Where)
	}
	with(t, s, claim.CrossingAttempt, "rubber boat")
	with(t, s, claim.Distress, "rescued")
	cut := with(t, s, claim.BarrierDamage, "fence")
	if cut.Where == nil || cut.Where.Anchor != "Narva" || cut.Where.Bearing == nil || *cut.Where.Bearing != 225 {
		t.Errorf("south-west of Narva: %+v", cut.Where)
	}
	if c := with(t, s, claim.Clash, "do not expect"); c.Status != claim.Negated {
		t.Errorf("an attack that is not expected is %s", c.Status)
	}

	mandera := along([]geo.Point{{Lat: 3.9, Lon: 41.9}, {Lat: 2.8, Lon: 41.0}}, "right")
	s = reader(t, mandera, claim.Options{}).Read(one(t, "plain.txt", file(t, "plain.txt")))
	if c := with(t, s, claim.ControlChange, "denied"); c.Status != claim.Negated || len(c.Proposes) > 0 {
		t.Errorf("a capture that is denied is %s and proposes %v", c.Status, c.Proposes)
	}
	if c := with(t, s, claim.Clash, "checkpoint"); c.Where == nil || c.Where.Anchor != "Mandera" {
		t.Errorf("15 km south of Mandera: %+v", c.Where)
	}
}

func TestAStoryFromElsewhereMakesNoClaims(t *testing.T) {
	s := reader(t, alQaim(t), claim.Options{}).Read(one(t, "marsh.txt", file(t, "marsh.txt")))
	if s.Relevance.Relevant || len(s.Claims) > 0 {
		t.Errorf("relevant: %+v, %d claims", s.Relevance, len(s.Claims))
	}
}

func TestCopiesOfAWireAreOneSource(t *testing.T) {
	r := reader(t, alQaim(t), claim.Options{})
	raw := file(t, "../../../examples/al-qaim/invented-article.txt")
	stories := []claim.Story{
		r.Read(one(t, "a.txt", raw)),
		r.Read(one(t, "b.txt", append([]byte("Our own headline for it\n"), raw...))),
		r.Read(one(t, "c.txt", file(t, "plain.txt"))),
	}
	claim.FoldCopies(stories)
	if stories[1].CopyOf != "a.txt" || len(stories[1].Claims) != 0 || !slices.Equal(stories[0].Copies, []string{"b.txt"}) {
		t.Errorf("copies: %q, %q", stories[1].CopyOf, stories[0].Copies)
	}
	if stories[2].CopyOf != "" {
		t.Errorf("another story is a copy of %q", stories[2].CopyOf)
	}
}

func TestFormsAreClaims(t *testing.T) {
	raw := []byte("S: 6 men\nA: crossed the berm on foot\nL: 34.420 N 40.950 E\nU: unknown\nT: 011030Z NOV 18\nE: 2 rifles\nFROM: Post 4\n")
	s := reader(t, alQaim(t), claim.Options{}).Read(one(t, "salute.txt", raw))
	if len(s.Claims) != 1 {
		t.Fatalf("%d claims", len(s.Claims))
	}
	c := s.Claims[0]
	if c.Kind != claim.Crossing || c.Salute.Size != "6 men" || c.When.From != "2018-11-01T10:30Z" || c.Voice.Name != "Post 4" {
		t.Errorf("%+v", c)
	}
	if c.Where == nil || !c.Where.Ground.Contains(geo.Point{Lat: 34.42, Lon: 40.95}) {
		t.Errorf("where: %+v", c.Where)
	}
}

func TestArabicPlacesDistancesAndDirections(t *testing.T) {
	s := reader(t, alQaim(t), claim.Options{}).Read(one(t, "a.txt", []byte("اشتباكات على بعد خمسة كيلومترات شمال هجين بين مسلحين وقوات سوريا الديمقراطية.\n")))
	if len(s.Claims) != 1 {
		t.Fatalf("%d claims, %+v", len(s.Claims), s.Relevance)
	}
	if r := s.Claims[0].Where; r == nil || r.AnchorAt == nil || r.LoKM != 2.5 || r.HiKM != 7.5 || r.Bearing == nil || *r.Bearing != 0 {
		t.Errorf("five kilometres north of Hajin: %+v", r)
	}
}

func TestTheSameBytesComeOut(t *testing.T) {
	write := func() []byte {
		s := reader(t, alQaim(t), claim.Options{}).Read(one(t, "../../../examples/al-qaim/invented-article.txt", file(t, "../../../examples/al-qaim/invented-article.txt")))
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if a, b := write(), write(); !bytes.Equal(a, b) {
		t.Error("two readings differ")
	}
}

func TestThePageRunsNothing(t *testing.T) {
	raw := []byte("AL-QAIM, Iraq: Soldiers patrolled near Hajin <script>alert(1)</script> on Monday.\n")
	l := locator(t, alQaim(t))
	s := claim.NewReader(l, claim.Options{}).Read(one(t, "x.txt", raw))
	var out bytes.Buffer
	if err := claim.WritePage(&out, []claim.Story{s}, l.Watch); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, bad := range []string{"<script", "http://", "https://", "javascript:", "onload"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	for _, good := range []string{"default-src &#39;none&#39;", "<svg", "<mark", "patrol"} {
		if !strings.Contains(page, good) {
			t.Errorf("the page misses %s", good)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(f, "../../../examples/al-qaim/invented-article.txt"))
	f.Add([]byte("S: 3\nA: x\nL: 37SFU9218205161\nT: 1"))
	r := reader(f, alQaim(f), claim.Options{Published: time.Date(2018, 11, 2, 0, 0, 0, 0, time.UTC)})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 4000 {
			return
		}
		docs, err := intake.Read("x", raw, intake.DefaultLimits())
		if err != nil {
			return
		}
		for i := range docs {
			for _, c := range r.Read(&docs[i]).Claims {
				for _, e := range c.Evidence {
					if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(docs[i].Raw()) {
						t.Fatalf("%s points at %v of %d bytes", e.Field, e.Span, len(docs[i].Raw()))
					}
				}
			}
		}
	})
}
