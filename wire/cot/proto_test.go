package cot

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// takMessage is the type TakMessage as protoc sees it.
func takMessage(t testing.TB) protoreflect.MessageDescriptor {
	t.Helper()
	b, err := os.ReadFile("testdata/tak.desc")
	if err != nil {
		t.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(b, &set); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		t.Fatal(err)
	}
	d, err := files.FindDescriptorByName("atakmap.commoncommo.protobuf.v1.TakMessage")
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.MessageDescriptor)
}

// reflected reads a payload with the protobuf module.
func reflected(t testing.TB, payload []byte) protoreflect.Message {
	t.Helper()
	m := dynamicpb.NewMessage(takMessage(t))
	if err := proto.Unmarshal(payload, m); err != nil {
		t.Fatal(err)
	}
	return m
}

// in follows fields by name.
func in(m protoreflect.Message, path ...string) protoreflect.Value {
	for _, name := range path[:len(path)-1] {
		m = m.Mutable(m.Descriptor().Fields().ByName(protoreflect.Name(name))).Message()
	}
	return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(path[len(path)-1])))
}

func xmlDetailOf(t testing.TB, payload []byte) string {
	t.Helper()
	return in(reflected(t, payload), "cotEvent", "detail", "xmlDetail").String()
}

// withTypedStatus puts a typed status into a payload, whatever its XML says.
func withTypedStatus(t testing.TB, payload []byte, battery uint32) []byte {
	t.Helper()
	m := reflected(t, payload)
	detail := m.Mutable(field(m, "cotEvent")).Message()
	detail = detail.Mutable(field(detail, "detail")).Message()
	status := detail.Mutable(field(detail, "status")).Message()
	status.Set(field(status, "battery"), protoreflect.ValueOfUint32(battery))
	out, err := proto.Marshal(m.Interface())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func field(m protoreflect.Message, name protoreflect.Name) protoreflect.FieldDescriptor {
	return m.Descriptor().Fields().ByName(name)
}

func TestProtobufModuleReadsWhatWeWrite(t *testing.T) {
	for file, doc := range events(t) {
		e := parse(t, string(doc))
		payload, err := AppendMessage(nil, Message{Event: e, Control: &Control{1, 1, "me"}})
		if err != nil {
			t.Fatal(file, err)
		}
		m := reflected(t, payload)
		if len(m.GetUnknown()) > 0 || in(m, "takControl", "contactUid").String() != "me" {
			t.Errorf("%s: %v", file, m)
		}
		for name, want := range map[string]any{
			"uid": e.UID, "type": e.Type, "how": e.How, "access": e.Access, "qos": e.QoS, "opex": e.Opex,
			"lat": e.Point.Lat, "lon": e.Point.Lon, "hae": e.Point.HAE, "ce": e.Point.CE, "le": e.Point.LE,
			"sendTime": uint64(e.Time.UnixMilli()), "startTime": uint64(e.Start.UnixMilli()), "staleTime": uint64(e.Stale.UnixMilli()),
		} {
			if got := in(m, "cotEvent", name).Interface(); got != want {
				t.Errorf("%s: %s is %v, want %v", file, name, got, want)
			}
		}
	}
}

func TestProtobufModuleReadsTypedElements(t *testing.T) {
	m := reflected(t, mustBytes(t, load(t, "soldier.xml")))
	for path, want := range map[string]any{
		"contact.endpoint": "*:-1:stcp", "contact.callsign": "Post 7",
		"group.name": "Cyan", "group.role": "Team Member",
		"precisionLocation.geopointsrc": "GPS", "precisionLocation.altsrc": "GPS",
		"status.battery": uint32(78),
		"takv.device":    "SAMSUNG SM-G981U", "takv.platform": "ATAK-CIV", "takv.os": "29", "takv.version": "4.10.0.5",
		"track.course": 267.83463286462046, "track.speed": 1.25,
		"xmlDetail": `<uid Droid="Post 7"/>`,
	} {
		if got := in(m, strings.Split("cotEvent.detail."+path, ".")...).Interface(); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func mustBytes(t testing.TB, e *Event) []byte {
	t.Helper()
	b, err := e.Bytes(Proto)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWeReadWhatTheProtobufModuleWrites(t *testing.T) {
	for file, doc := range events(t) {
		e := parse(t, string(doc))
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(reflected(t, mustBytes(t, e)).Interface())
		if err != nil {
			t.Fatal(err)
		}
		m, err := ParseMessage(again)
		if err != nil {
			t.Fatal(file, err)
		}
		sameViews(t, file, e, m.Event)
	}
}

// TestOurProtobuf holds the bytes to what node-cot was given when it was
// recorded; -update writes them anew.
func TestOurProtobuf(t *testing.T) {
	for file, doc := range events(t) {
		path := filepath.Join("testdata/ours", strings.TrimSuffix(file, ".xml")+".pb")
		got := mustBytes(t, parse(t, string(doc)))
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: other bytes than recorded (%v); run testdata/make.sh if that is meant", file, err)
		}
	}
}

func TestControlAlone(t *testing.T) {
	payload, err := AppendMessage(nil, Message{Control: &Control{Min: 1, Max: 2, ContactUID: "me"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseDatagram(AppendDatagram(nil, payload))
	if err != nil || m.Event != nil || *m.Control != (Control{1, 2, "me"}) {
		t.Fatalf("%+v %v", m, err)
	}
	for v, want := range map[uint32]bool{0: false, 1: true, 2: true, 3: false} {
		if m.Control.Reads(v) != want {
			t.Errorf("reads version %d: %v", v, !want)
		}
	}
	if !(Control{}).Reads(1) || (Control{}).Reads(2) {
		t.Error("a control that says nothing reads version 1")
	}
}

func TestHostileProtobufIsRefused(t *testing.T) {
	good := mustBytes(t, load(t, "soldier.xml"))
	event := func(build func(e *Event)) []byte {
		e := NewPing("uid", at("2018-11-26T05:31:07Z"))
		e.Detail = "<abcd/>"
		build(e)
		return mustBytes(t, e)
	}
	swap := func(b []byte, from, to string) []byte {
		if !bytes.Contains(b, []byte(from)) {
			t.Fatal("no", from)
		}
		return bytes.Replace(b, []byte(from), []byte(to), 1)
	}
	for _, c := range []struct {
		name    string
		payload []byte
		want    Reason
	}{
		{"cut short", good[:len(good)-1], BadProto},
		{"a length beyond the end", []byte{0x12, 0xff, 0xff, 0xff, 0x7f}, BadProto},
		{"field 0", []byte{0x00, 0x00}, BadProto},
		{"two events", append(bytes.Clone(good), good...), Ambiguous},
		{"nothing is no event", nil, ""},
		{"a field over the highest", []byte{0xf8, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00}, BadProto},
		{"a uid that is no UTF-8", swap(event(func(e *Event) { e.UID = "abc" }), "abc", "a\xffc"), BadText},
		{"a uid with a zero", swap(event(func(e *Event) { e.UID = "abc" }), "abc", "a\x00c"), BadText},
		{"XML that is open", swap(event(func(*Event) {}), "<abcd/>", "<abcde>"), Malformed},
		{"an end of event", swap(event(func(e *Event) { e.Detail = "<![CDATA[</evont>]]>" }), "</evont>", "</event>"), Ambiguous},
		{"an event", swap(event(func(e *Event) { e.Detail = "<evont/>" }), "<evont/>", "<event/>"), Ambiguous},
		{"a document type", swap(event(func(e *Event) { e.Detail = "<!--xxxxxx-->" }), "<!--xxxxxx-->", "<!DOCTYPE xx>"), Doctype},
		{"too large", make([]byte, MaxEvent+1), TooLarge},
	} {
		if _, err := ParseMessage(c.payload); ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for i := range good {
		if _, err := ParseMessage(good[:i:i]); i > 0 && err == nil {
			t.Errorf("%d bytes of %d were read", i, len(good))
		}
	}
}

func TestTimesProtobufCannotMean(t *testing.T) {
	m := reflected(t, mustBytes(t, load(t, "soldier.xml")))
	e := m.Mutable(field(m, "cotEvent")).Message()
	e.Set(field(e, "staleTime"), protoreflect.ValueOfUint64(math.MaxUint64))
	e.Set(field(e, "lat"), protoreflect.ValueOfFloat64(math.Inf(1)))
	payload, err := proto.Marshal(m.Interface())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseMessage(payload)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []Reason
	for _, f := range got.Event.Check() {
		reasons = append(reasons, f.Reason)
	}
	if len(reasons) != 2 || reasons[0] != BadLat || reasons[1] != BadTime {
		t.Errorf("%v", reasons)
	}
}
