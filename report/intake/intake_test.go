package intake_test

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"vedette/report/intake"
)

// body is a short story, heads are headlines of other stories.
var (
	title = "Rangers close the northern track after a bridge is cut"
	body  = []string{
		"Rangers have closed the northern track through the reserve after somebody cut the cables of the only bridge, the park´s director said on Tuesday.",
		"Two patrols on foot now walk the eleven kilometres between the river and the old mine, where poachers were seen twice last month.",
		"\"We will not leave the valley to them,\" director Ama Boateng said, and asked the villages for their help with the repair.",
	}
	heads = []string{
		"Bakery Wins Prize For Its Rye Bread -", "Why The Ferry Was Late Three Times -", "Choir Sings In The Rain For Hours -",
		"Two Goals In The Last Minute Decide It", "School Gets A Roof After Ten Years -", "Is This The Best Soup In The Country? -",
		"Mayor Opens The New Swimming Pool -", "Farmer Finds A Roman Coin In His Field -", "New Bus Line To The Coast Starts In May -",
		"Film About The Lighthouse Has Its Premiere -", "Prices For Apples Fall Again -", "Library Lends Tools And Toys -",
		"Old Cinema To Become A Market Hall", "Team Climbs To Second Place -", "Storm Fells The Oldest Tree In Town -", "Baker´s Daughter Sails Around The World -",
	}
)

func kept(d intake.Document) (texts []string) {
	for _, b := range d.Blocks {
		if b.Dropped == "" {
			texts = append(texts, d.Text[b.Span.Start:b.Span.End])
		}
	}
	return texts
}

func plain(texts ...string) (out []string) {
	for _, t := range texts {
		out = append(out, strings.ReplaceAll(t, "´", "'"))
	}
	return out
}

func read(t testing.TB, name string, raw []byte) []intake.Document {
	t.Helper()
	docs, err := intake.Read(name, raw, intake.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func elements(tag string, texts []string) string {
	var b strings.Builder
	for _, text := range texts {
		fmt.Fprintf(&b, tag+"\n", html.EscapeString(text))
	}
	return b.String()
}

func page(inside, behind string) string {
	return "<!DOCTYPE html><html><head><meta charset=utf-8><title>" + title + " | The Reserve</title><script>var p = '<p>no</p>'</script></head>" +
		"<body><nav><a href=/>Home</a> <a href=/w>World</a></nav><main><article><h1>" + title + "</h1>" + inside + "</article>" + behind +
		"</main><footer><p>All rights reserved</p></footer></body></html>"
}

func TestHeadlinesOfOtherStoriesAreDropped(t *testing.T) {
	story := elements("<p>%s</p>", body)
	for _, c := range []struct{ name, text string }{
		{"plain.txt", title + "\n" + strings.Join(body, "\n") + "\n-\n" + strings.Join(heads, "\n")},
		{"in an aside.html", page(story, "<aside><ul>"+elements("<li><a href=/x>%s</a></li>", heads)+"</ul></aside>")},
		{"in a div of links.html", page(story, "<div>"+elements("<a href=/x>%s</a>", heads)+"</div>")},
		{"in a div of paragraphs.html", page(story, "<div>"+elements("<p>%s</p>", heads)+"</div>")},
		{"linked in the story.html", page(story+elements("<p><a href=/x>%s</a></p>", heads), "")},
		{"unlinked in the story.html", page(story+elements("<p>%s</p>", heads), "")},
		{"in the middle of the story.html", page("<p>"+html.EscapeString(body[0])+"</p>"+elements("<p>%s</p>", heads)+elements("<p>%s</p>", body[1:]), "")},
	} {
		d := read(t, c.name, []byte(c.text))[0]
		if got, want := kept(d), plain(append([]string{title}, body...)...); !slices.Equal(got, want) {
			t.Errorf("%s: kept %q", c.name, got)
		}
		for _, b := range d.Blocks {
			if b.Dropped == "" && b.Headline != (d.Text[b.Span.Start:b.Span.End] == title) {
				t.Errorf("%s: %q is the headline: %v", c.name, d.Text[b.Span.Start:b.Span.End], b.Headline)
			}
		}
	}
}

func TestListsAndSubheadsStay(t *testing.T) {
	text := strings.Join([]string{body[0], "The bridge", body[1], "What is missing:", "• two cables", "• forty planks", "• a ladder", body[2]}, "\n")
	if got := kept(read(t, "x.txt", []byte(text))[0]); len(got) != 8 {
		t.Errorf("kept %q", got)
	}
}

func TestBrokenLinesAreJoined(t *testing.T) {
	text := "The patrol left the post at six in the morning and followed the fence to\nthe west until it came to the place where the wire had been cut two nights\nbefore, and where the tracks of a vehicle led north into the dry bed of the\nriver.\n"
	d := read(t, "x.txt", []byte(text))[0]
	if len(d.Blocks) != 1 {
		t.Errorf("%d blocks: %q", len(d.Blocks), kept(d))
	}
}

func TestSpansLeadBackToTheOriginal(t *testing.T) {
	for _, c := range []struct {
		name string
		raw  []byte
		word string // as it stands in the text
		want string // and in the bytes that arrived
	}{
		{"an apostrophe of two bytes", []byte("It is the park´s bridge.\n"), "park's", "park´s"},
		{"an entity", []byte("<html><body><p>Salt &amp; sand lie there.</p></body></html>"), "Salt & sand", "Salt &amp; sand"},
		{"a soft hyphen", []byte("The fron\u00adtier is long.\n"), "frontier", "fron\u00adtier"},
	} {
		d := read(t, "", c.raw)[0]
		at := strings.Index(d.Text, c.word)
		if at < 0 {
			t.Errorf("%s: the text is %q", c.name, d.Text)
			continue
		}
		s := d.Original(intake.Span{Start: at, End: at + len(c.word)})
		if got := string(c.raw[s.Start:s.End]); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCharacterSets(t *testing.T) {
	arabic := "عبر ستة رجال الحدود قرب القائم ليلة أمس وأطلقت دورية النار في الهواء ثم عادوا إلى الجانب الآخر من الوادي"
	windows, err := charmap.Windows1256.NewEncoder().String(arabic)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(arabic)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{arabic, "\ufeff" + arabic, windows, wide} {
		d := read(t, "x.txt", []byte(raw))[0]
		if d.Text != arabic {
			t.Errorf("%s: %q", d.Charset, d.Text)
			continue
		}
		at := strings.Index(d.Text, "القائم")
		s := d.Original(intake.Span{Start: at, End: at + len("القائم")})
		if s.Len() != len(raw)/len([]rune(arabic))*6 && raw == windows {
			t.Errorf("%s: six letters are %d bytes of the original", d.Charset, s.Len())
		}
	}
}

func TestMail(t *testing.T) {
	raw := "From: Post 4 <post4@example.org>\r\nTo: ops@example.org\r\nSubject: Night report\r\nDate: Thu, 01 Nov 2018 06:10:00 +0300\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nTwo vehicles crossed near Hajin at 02=3A10.\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Two vehicles crossed near Hajin at 02:10.</p>\r\n--b--\r\n"
	docs := read(t, "x.eml", []byte(raw))
	if len(docs) != 1 {
		t.Fatalf("%d documents: the page says the same as the plain text", len(docs))
	}
	d := docs[0]
	if d.Title != "Night report" || d.Author != "Post 4" || d.Published.Day() != 1 || !strings.Contains(d.Text, "02:10") {
		t.Errorf("%+v", d)
	}
}

func TestFeeds(t *testing.T) {
	raw := `<?xml version="1.0"?><rss version="2.0" xmlns:georss="http://www.georss.org/georss"><channel><title>The Reserve</title>
<item><title>Bridge cut</title><description>&lt;p&gt;The bridge was cut &amp;amp; closed.&lt;/p&gt;</description><pubDate>Tue, 06 Nov 2018 10:00:00 GMT</pubDate><georss:point>34.45 40.92</georss:point></item>
<item><title>Second</title><description>Nothing else.</description></item></channel></rss>`
	docs := read(t, "x.xml", []byte(raw))
	if len(docs) != 2 {
		t.Fatalf("%d documents", len(docs))
	}
	d := docs[0]
	if d.Publisher != "The Reserve" || d.Part != "item 1" || !d.Published.Equal(time.Date(2018, 11, 6, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", d)
	}
	if len(d.Points) != 1 || d.Points[0].Lat != 34.45 || !slices.Equal(kept(d), []string{"Bridge cut", "The bridge was cut & closed."}) {
		t.Errorf("%v %q", d.Points, kept(d))
	}
}

func TestCAP(t *testing.T) {
	raw := func(status string) []byte {
		return []byte(`<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1</identifier><sender>s@example.org</sender>
<sent>2018-11-06T10:00:00+03:00</sent><status>` + status + `</status><msgType>Alert</msgType><scope>Public</scope><info><event>Boat in distress</event>
<senderName>Coast Watch</senderName><headline>Boat in distress</headline><description>A boat with ten people is adrift.</description>
<area><areaDesc>Off the cape</areaDesc><polygon>34,40 34,41 35,41 34,40</polygon><circle>34.5,40.5 10</circle></area></info></alert>`)
	}
	d := read(t, "x.xml", raw("Actual"))[0]
	if d.Author != "Coast Watch" || len(d.Areas) != 1 || len(d.Points) != 1 || len(kept(d)) != 3 {
		t.Errorf("%+v, kept %q", d, kept(d))
	}
	if d = read(t, "x.xml", raw("Exercise"))[0]; len(kept(d)) != 0 {
		t.Errorf("an exercise kept %q", kept(d))
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		text  string
		forms int
	}{
		{"SALUTE: S: 4 men; A: digging; L: 37SFU9218205161; U: unknown; T: 0610Z; E: shovels", 1},
		{"SIZE: 2\nACTIVITY: crossing\nLOCATION: 34.41N 40.98E\nTIME: 1800\n\nSIZE: 5\nACTIVITY: patrol\nLOCATION: 34.5N 41.0E\nTIME: 1900\n", 2},
		{"LINE 1: DTG: 011030Z NOV 18\nLINE 2: ACTIVITY: boats\nLINE 3: SIZE: 3\nLINE 4: LOCATION: 37SFU92180516", 1},
	} {
		docs := read(t, "", []byte(c.text))
		if len(docs) != c.forms || docs[0].Form == nil {
			t.Errorf("%q: %d documents, %+v", c.text, len(docs), docs[0].Form)
		}
	}
	if d := read(t, "", []byte("He said: we act now. The location: unknown."))[0]; d.Form != nil {
		t.Error("prose is taken for a form")
	}
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	limits := intake.DefaultLimits()
	limits.Bytes, limits.Parts = 1000, 1
	if _, err := intake.Read("x.txt", make([]byte, 1001), limits); err == nil {
		t.Error("too many bytes are read")
	}
	feed := `<rss version="2.0"><channel><item><title>a</title></item><item><title>b</title></item></channel></rss>`
	if _, err := intake.Read("x.rss", []byte(feed), limits); err == nil {
		t.Error("too many items are read")
	}
	deep := strings.Repeat("<div>", 5000) + "text that lies deep." + strings.Repeat("</div>", 5000)
	if d := read(t, "x.html", []byte(deep))[0]; len(kept(d)) != 1 {
		t.Errorf("a deep page kept %q", kept(d))
	}
}

func TestSentences(t *testing.T) {
	text := `Lt. Col. Hadi spoke at 5.30 p.m. on Monday. "We wait," he said. "They come." Nobody came! عاد الرجال. ثم رحلوا؟`
	var got []string
	for _, s := range intake.Sentences(text) {
		got = append(got, text[s.Start:s.End])
	}
	want := []string{"Lt. Col. Hadi spoke at 5.30 p.m. on Monday.", `"We wait," he said.`, `"They come."`, "Nobody came!", "عاد الرجال.", "ثم رحلوا؟"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// check holds what every document promises: blocks in order, and spans that
// lead into the bytes that arrived.
func check(t *testing.T, docs []intake.Document) {
	t.Helper()
	for i := range docs {
		d := &docs[i]
		at := 0
		for _, b := range d.Blocks {
			if b.Span.Start < at || b.Span.End < b.Span.Start || b.Span.End > len(d.Text) {
				t.Fatalf("block %v after %d in %d bytes", b.Span, at, len(d.Text))
			}
			at = b.Span.End
			if s := d.Original(b.Span); s.Start < 0 || s.End < s.Start || s.End > len(d.Raw()) {
				t.Fatalf("block %v comes from %v of %d bytes", b.Span, s, len(d.Raw()))
			}
			for _, s := range intake.Sentences(d.Text[b.Span.Start:b.Span.End]) {
				if s.Len() <= 0 {
					t.Fatalf("sentence %v", s)
				}
			}
		}
	}
}

func fuzz(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	limits := intake.Limits{Bytes: 1 << 16, Elements: 2000, Parts: 20, Depth: 3, Story: 5000}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if docs, err := intake.Read(name, raw, limits); err == nil {
			check(t, docs)
		}
	})
}

func FuzzText(f *testing.F) {
	fuzz(f, "x.txt", strings.Join(heads, "\n"), "´\xff\xfea\x00b", "S: 1\nA: b\nL: c\nT: d")
}
func FuzzHTML(f *testing.F) {
	fuzz(f, "x.html", page(elements("<p>%s</p>", body), ""), "<p>&#x26;&bogus;<a><a>x</p>")
}
func FuzzFeed(f *testing.F) {
	fuzz(f, "x.rss", `<rss version="2.0"><channel><item><title>a</title></item></channel></rss>`, `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title></entry></feed>`)
}
func FuzzMail(f *testing.F) {
	fuzz(f, "x.eml", "From: a@b.c\r\nTo: d@e.f\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n")
}
func FuzzCAP(f *testing.F) {
	fuzz(f, "x.cap", `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><info><headline>a</headline><area><circle>1,2 3</circle></area></info></alert>`)
}
