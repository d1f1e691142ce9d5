package settings

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

type house struct {
	Door   door   `toml:"door" doc:"Who comes in."`
	Guests guests `toml:"guests" doc:"Who is in."`
	Rooms  []room `toml:"room" doc:"One for each."`
}

type door struct {
	Address string   `toml:"address" doc:"where it is"`
	Open    bool     `toml:"open" doc:"whether it is"`
	Wait    Duration `toml:"wait" doc:"before it shuts"`
}

type guests struct {
	Most  int      `toml:"most" doc:"how many" unit:"persons"`
	Share float64  `toml:"share" doc:"of the cake"`
	Names []string `toml:"names" doc:"who"`
}

type room struct {
	Name  string            `toml:"name" doc:"what it is called"`
	Doors map[string]string `toml:"doors" doc:"where they lead"`
}

func defaults() house {
	return house{door{"127.0.0.1:1", true, Duration(90 * time.Second)}, guests{3, .5, []string{"a", `b"`}}, nil}
}

func TestTheReferenceIsAFileOfTheDefaults(t *testing.T) {
	var b strings.Builder
	if err := Reference(&b, defaults()); err != nil {
		t.Fatal(err)
	}
	var got house
	if err := Read(strings.NewReader(b.String()), &got); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if want := defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v\nwant %+v", got, want)
	}
	rooms := defaults()
	rooms.Rooms = []room{{"hall", map[string]string{"left": "yard", "a.b": "c"}}, {"attic", map[string]string{}}}
	b.Reset()
	if err := Reference(&b, rooms); err != nil {
		t.Fatal(err)
	}
	got = house{}
	if err := Read(strings.NewReader(b.String()), &got); err != nil || !reflect.DeepEqual(got, rooms) {
		t.Errorf("%v: read %+v\nof %s", err, got, b.String())
	}
	b.Reset()
	if err := Reference(&b, defaults()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# how many (persons)\nmost = 3\n", `wait = "1m30s"`, "# One for each.\n# [[room]]\n# what it is called\n# name = \"\"\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

func TestTheTreeHasTheNamesOfTheFile(t *testing.T) {
	s := defaults()
	s.Rooms = []room{{Name: "hall"}}
	b, err := json.Marshal(Tree(s))
	want := `{"door":{"address":"127.0.0.1:1","open":true,"wait":"1m30s"},"guests":{"most":3,"names":["a","b\""],"share":0.5},"room":[{"doors":null,"name":"hall"}]}`
	if err != nil || string(b) != want {
		t.Errorf("%v: %s\nwant %s", err, b, want)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a key of another section", "[door]\nmost = 1\n[guest]\n", "line 2: door.most is no setting; those of door are address, open, wait\nline 3: guest is no setting; the sections are door, guests, room"},
		{"a number for a text", "[door]\naddress = 1", "line 2: door.address: "},
		{"no length of time", "[door]\nwait = \"soon\"", "write one like 90s, 10m or 720h"},
		{"no TOML", "[door", "line 1: "},
		{"a key of an entry", "[[room]]\nwall = 1", "line 2: room.wall is no setting; those of room are name, doors"},
		{"too much", strings.Repeat("#", MaxSize+1), "over 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := defaults()
			if err := Read(strings.NewReader(c.text), &s); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTheEnvironmentOverrides(t *testing.T) {
	s := defaults()
	set, err := Override([]string{"PATH=x", "V_DOOR_OPEN=false", "V_DOOR_WAIT=2h", "V_GUESTS_MOST=7", "V_GUESTS_NAMES=c, d", "V_GUESTS_SHARE=.25", "V_OTHER=1"}, "V", &s)
	want := house{door{"127.0.0.1:1", false, Duration(2 * time.Hour)}, guests{7, .25, []string{"c", "d"}}, nil}
	if err != nil || len(set) != 5 || !reflect.DeepEqual(s, want) {
		t.Errorf("%v, set %v: %+v", err, set, s)
	}
	for line, want := range map[string]string{
		"V_DOOR_OPNE=1":     "V_DOOR_OPNE: is no setting; those of door are address, open, wait",
		"V_GUESTS_MOST=x":   `"x" is no int`,
		"V_DOOR_OPEN=often": `"often" is no bool`,
		"V_DOOR_WAIT=-1s":   "is no length of time",
	} {
		if _, err := Override([]string{line}, "V", &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

func TestDurationsAreWrittenShort(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", time.Second: "1s", 10 * time.Minute: "10m", 720 * time.Hour: "720h", 90 * time.Minute: "1h30m", 1500 * time.Millisecond: "1.5s"} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("[door]\naddress = \"a\"\nwait = \"1s\"\n[[room]]\nname = \"b\"")
	f.Fuzz(func(t *testing.T, text string) {
		s := defaults()
		if Read(strings.NewReader(text), &s) == nil && s.Door.Wait < 0 {
			t.Fatal("a length of time is below zero")
		}
	})
}
