package report

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"vedette/frontier"
	"vedette/gazetteer"
	"vedette/geo"
)

func openWorld(tb testing.TB) *gazetteer.Gazetteer {
	tb.Helper()
	g, err := gazetteer.Open()
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// told writes toponyms as text=Country/Unit, with the form where it is no name.
func told(all []Toponym) string {
	var words []string
	for _, t := range all {
		w := t.Text + "=" + t.Place.Country
		if t.Place.Admin1 != "" {
			w += "/" + t.Place.Admin1
		}
		if t.Form != FormName {
			w += " " + string(t.Form)
		}
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}

func TestPlacesAreFoundAndTold(t *testing.T) {
	g := openWorld(t)
	for _, c := range []struct{ name, text, want string }{
		{"a dateline", "KIRKUK, Iraq (Reuters) - Convoys of the border police left the town before dawn.", "KIRKUK=IQ/13, Iraq=IQ"},
		{"the unit behind the comma says which", "The suspects drove from Paris, Texas, to Athens, Georgia, in one night.", "Paris=US/TX, Texas=US/TX, Athens=US/GA, Georgia=US/GA"},
		{"the unit in parentheses says which", "Firefighters from Moorhead (Minnesota) helped.", "Moorhead=US/MN, Minnesota=US/MN"},
		{"abbreviated states are found behind a place only", "He was born in Springfield, Ill., and died in Salem, OR, or so they say IN LARGE LETTERS.", "Springfield=US/IL, Ill.=US/IL, Salem=US/OR, OR=US/OR"},
		{"without more, the largest", "The conference was held in Paris and in Cairo.", "Paris=FR/11, Cairo=EG/11"},
		{"the other places say which", "Trains run from Manchester to Concord and Nashua in New Hampshire.", "Manchester=US/NH, Concord=US/NH, Nashua=US/NH, New Hampshire=US/NH"},
		{"one name has one sense in a text", "Police in Cambridge, Massachusetts, made an arrest. Residents of Cambridge were relieved.", "Cambridge=US/MA, Massachusetts=US/MA, Cambridge=US/MA"},
		{"adjectives and persons have their form", "Turkish officers met Syrians and an Iraqi delegation in Ankara.", "Turkish=TR adjective, Syrians=SY person, Iraqi=IQ adjective, Ankara=TR/68"},
		{"persons are no places", "Jack London praised Mr. Houston. Gen. Austin Lincoln saluted.", ""},
		{"a person's name stays one when it comes again", "Sen. Clinton spoke for an hour. Afterwards Clinton left.", ""},
		{"streets are no places", "The shop on Lexington Street, near Cleveland Avenue, burned down.", ""},
		{"words at the beginning of a sentence are no places", "Reading helps. Police came. Mobile phones rang. Many left.", ""},
		{"small letters name nothing", "the turkey was cooked in the china bowl", ""},
		{"hyphens part two places", "The Baghdad-Damascus road was cut near Ramadi.", "Baghdad=IQ/07, Damascus=SY/13, Ramadi=IQ/01"},
		{"apostrophes of all sorts", "Iraq's army and Syria’s army met in Sana’a.", "Iraq=IQ, Syria=SY, Sana’a=YE/26"},
		{"abbreviated countries", "The U.S. and the UK sent envoys to the UAE.", "U.S.=US, UK=GB, UAE=AE"},
		{"governorates and rivers", "They crossed the Euphrates from Deir Ezzor province into Anbar.", "Euphrates=, Deir Ezzor=SY/07, Anbar=IQ/01"},
		{"nothing", "", ""},
		{"bytes that are no UTF-8", "\xff\xfe in \xffBaghdad\xff", "Baghdad=IQ/07"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(Places(c.text, g, PlaceOptions{})); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

func TestArabicPlaces(t *testing.T) {
	g := openWorld(t)
	for _, c := range []struct{ name, text, want string }{
		{"a distance", "على بعد خمسة كيلومترات شمال هجين", "هجين=SY/07"},
		{"prefixes are left out", "وانتشرت القوات بالأنبار وبالموصل وفي دمشق وبغداد", "الأنبار=IQ/01, الموصل=IQ/15, دمشق=SY/13, بغداد=IQ/07"},
		{"the article after li", "وصلت التعزيزات للقائم", "لقائم=IQ/01"},
		{"two words", "وصل الوفد إلى دير الزور", "دير الزور=SY/07"},
		{"capitals", "اجتمعوا في القاهرة ثم في عمان والرياض وطهران", "القاهرة=EG/11, عمان=OM, الرياض=SA/10, طهران=IR/26"},
		{"adjectives", "القوات العراقية على الحدود السورية", "العراقية=IQ adjective, السورية=SY adjective"},
		{"vowel signs and spellings", "سافر من دِمَشق الى ادلب", "دِمَشق=SY/13, ادلب=SY/12"},
		{"persons are no places", "قال محمد علي إن الوضع هادئ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(Places(c.text, g, PlaceOptions{})); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

func TestTheAreaAndItsPackSpeakForTheirPlaces(t *testing.T) {
	const path = "../examples/al-qaim/al-qaim.area.geojson"
	area, err := frontier.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := gazetteer.OpenPack(gazetteer.PackBeside(path))
	if err != nil {
		t.Fatal(err)
	}
	text := "Fighters in Baghuz and Sousa shelled Husaybah. Reinforcements came from Rabia."
	g := openWorld(t)
	opt := PlaceOptions{Near: AlongFrontier(area)}
	if got := told(Places(text, g.With(pack), opt)); got != "Baghuz=SY/07, Sousa=SY/07, Husaybah=IQ/01, Rabia=IQ/15" {
		t.Errorf("with the area: %s", got)
	}
	if got := told(Places(text, g, PlaceOptions{})); strings.Contains(got, "Baghuz") {
		t.Errorf("without it: %s", got)
	}
}

func TestAlongFrontierLeavesNoLongGaps(t *testing.T) {
	a := &frontier.Area{}
	a.Frontier.Line = []geo.Point{{Lat: 33, Lon: 39}, {Lat: 34.2, Lon: 41}, {Lat: 34.3, Lon: 41}, {Lat: 37, Lon: 42.2}}
	along := AlongFrontier(a)
	if along[0] != a.Frontier.Line[0] || along[len(along)-1] != a.Frontier.Line[3] || len(along) > 20 {
		t.Errorf("%d places: %v", len(along), along)
	}
	for i := 1; i < len(along); i++ {
		if d := geo.Distance(along[i-1], along[i]); d > 2*alongStep {
			t.Errorf("%.0f m from %v to %v", d, along[i-1], along[i])
		}
	}
}

func TestMinPLeavesOutTheDoubtful(t *testing.T) {
	g := openWorld(t)
	text := article(t)
	all, few := Places(text, g, PlaceOptions{MinP: 0.01}), Places(text, g, PlaceOptions{MinP: 0.9})
	if len(few) == 0 || len(few) >= len(all) {
		t.Errorf("%d of %d are left", len(few), len(all))
	}
	for _, p := range few {
		if p.P < 0.9 || !slices.Contains(all, p) {
			t.Errorf("%+v", p)
		}
	}
}

func TestTheSameTextGivesTheSame(t *testing.T) {
	g := openWorld(t)
	text := article(t)
	first := fmt.Sprintf("%+v", Places(text, g, PlaceOptions{}))
	for range 5 {
		if again := fmt.Sprintf("%+v", Places(text, g, PlaceOptions{})); again != first {
			t.Fatalf("%s\n%s", first, again)
		}
	}
}

// article is a text of our own.
func article(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/places/checkpoint.txt")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func TestThePlacesOfAnArticle(t *testing.T) {
	g := openWorld(t)
	got := strings.ReplaceAll(told(Places(article(t), g, PlaceOptions{})), ", ", "\n") + "\n"
	const golden = "testdata/places/checkpoint.places"
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", golden, got)
	}
}

func FuzzPlaces(f *testing.F) {
	g, err := gazetteer.Open()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"AL-QAIM, Iraq (AP) - St. Louis, Mo. U.S.-led W.Va.", "القائم وبالموصل للرقة", "\xffParis\x00", "'’.-Baghdad's", "New\nYork D.C..", article(f)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		all := Places(text, g, PlaceOptions{MinP: 1e-9})
		for _, p := range all {
			if p.Start < last || p.End <= p.Start || p.End > len(text) || text[p.Start:p.End] != p.Text {
				t.Fatalf("%+v in %q after %d", p, text, last)
			}
			if !(p.P > 0 && p.P <= 1) || !p.Place.At.Valid() || p.Place.Name == "" {
				t.Fatalf("%+v", p)
			}
			if utf8.ValidString(text) && !utf8.ValidString(p.Text) {
				t.Fatalf("%q cuts a letter of %q", p.Text, text)
			}
			last = p.End
		}
		if again := Places(text, g, PlaceOptions{MinP: 1e-9}); !reflect.DeepEqual(all, again) {
			t.Fatal("a second look differs")
		}
	})
}

// BenchmarkManyPlaces reads a text of some 20,000 different names, to show that
// the time grows with the length of the text and not with its square.
func BenchmarkManyPlaces(b *testing.B) {
	g := openWorld(b)
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "near %c%c%cton and San %c%c%co, ", 'A'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'A'+i%26, 'a'+i/26%26, 'a'+i/676%26)
		text.WriteString("Springfield, Paris and Santa Cruz; ")
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		Places(text.String(), g, PlaceOptions{})
	}
}

func BenchmarkPlaces(b *testing.B) {
	g := openWorld(b)
	text := article(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Places(text, g, PlaceOptions{})
	}
}
