package feed

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	natsserver "github.com/nats-io/nats-server/v2/server"

	"vedette/track"
)

func mqttConfig(url string) Config {
	return Config{Name: "trackers", Kind: "mqtt", URL: url, Trust: "unauthenticated", Topics: []string{"trackers/#"}}
}

func qos1(doc []byte) packets.PublishPacket {
	return packets.PublishPacket{FixedHeader: packets.FixedHeader{Qos: 1}, TopicName: "trackers/7/position", Payload: doc}
}

func TestAMessageIsAcknowledgedOnceItIsKept(t *testing.T) {
	b := newBroker(t)
	t.Cleanup(b.close)
	sink := &recorder{hold: make(chan struct{})}
	s := start(t, sink, mqttConfig(b.url()))
	s.waitState(t, Live)
	id := b.publish(t, qos1(jsonAt(1)))
	time.Sleep(20 * time.Millisecond) // nothing can show that a thing does not happen, but time
	if b.isAcked(id) {
		t.Error("acknowledged before it was kept")
	}
	close(sink.hold)
	waitFor(t, "the acknowledgement", func() bool { return b.isAcked(id) })
	if _, there := sink.find("unit-1"); !there || sink.kept != 1 {
		t.Error("acknowledged and not kept")
	}
}

func TestWhatIsRefusedIsAcknowledgedTooAndCounted(t *testing.T) {
	b := newBroker(t)
	t.Cleanup(b.close)
	s := start(t, &recorder{}, mqttConfig(b.url()))
	s.waitState(t, Live)
	huge := b.publish(t, qos1(bytes.Repeat([]byte(" "), 2<<20)))
	none := b.publish(t, qos1(nil))
	wrong := b.publish(t, qos1([]byte(`[{"id":"a","lat_deg":91,"lon_deg":41},{"id":"b","lat_deg":34,"lon_deg":41}]`)))
	waitFor(t, "the acknowledgements", func() bool { return b.isAcked(huge) && b.isAcked(none) && b.isAcked(wrong) })
	h := s.health()
	if h.Refused["document"] != 2 || h.Refused["position"] == 0 || h.In != 1 {
		t.Errorf("%+v", h)
	}
}

func TestARetainedMessageNeedsATime(t *testing.T) {
	b := newBroker(t)
	t.Cleanup(b.close)
	s := start(t, &recorder{}, mqttConfig(b.url()))
	s.waitState(t, Live)
	old := qos1(jsonAt(1))
	old.Retain = true
	b.publish(t, old)
	old.Payload = []byte(`{"id":"unit-2","lat_deg":34,"lon_deg":41,"time":"2018-11-25T12:00:00Z"}`)
	b.publish(t, old)
	if o := s.waitID(t, "unit-2"); o.Time.Year() != 2018 {
		t.Errorf("%+v", o)
	}
	if h := s.health(); h.Refused["retained"] != 1 || h.In != 1 {
		t.Errorf("%+v", h)
	}
}

func TestABrokerThatRefusesIsTold(t *testing.T) {
	for code, want := range map[byte]string{packets.ErrRefusedNotAuthorised: "not authorised", packets.ErrRefusedIDRejected: "identifier"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p := serveOn(l, "mqtt", func(conn net.Conn) bool {
			no := packets.NewControlPacket(packets.Connack).(*packets.ConnackPacket)
			no.ReturnCode = code
			_, _ = packets.ReadPacket(conn)
			return no.Write(conn) == nil
		})
		t.Cleanup(p.close)
		s := start(t, &recorder{}, mqttConfig(p.url()))
		waitFor(t, "an error about it", func() bool {
			return strings.Contains(strings.ToLower(s.health().Err), strings.ToLower(want))
		})
	}
}

// natsBroker starts a broker that is not ours: the one in the NATS server.
func natsBroker(t *testing.T) string {
	t.Helper()
	opts := &natsserver.Options{
		ServerName: "broker", Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
		MQTT:  natsserver.MQTTOpts{Host: "127.0.0.1", Port: -1, AckWait: 100 * time.Millisecond},
		Users: []*natsserver.User{{Username: "vedette", Password: "secret"}},
	}
	s, err := natsserver.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the broker does not start")
	}
	return fmt.Sprintf("mqtt://127.0.0.1:%d", opts.MQTT.Port)
}

// publisher publishes with QoS 1 and waits until the broker has the messages.
func publisher(t *testing.T, url string, docs ...[]byte) {
	t.Helper()
	conn := dialMQTT(t, url, "vedette", "secret", nil)
	defer conn.Close()
	for i, doc := range docs {
		m := qos1(doc)
		m.MessageType, m.MessageID = packets.Publish, uint16(i+1)
		exchange(t, conn, &m)
	}
}

// dialMQTT connects as a user.
func dialMQTT(t testing.TB, url, user, password string, will *packets.PublishPacket) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", url[strings.Index(url, "//")+2:])
	if err != nil {
		t.Fatal(err)
	}
	greetMQTT(t, conn, user, password, will)
	return conn
}

func greetMQTT(t testing.TB, conn net.Conn, user, password string, will *packets.PublishPacket) {
	t.Helper()
	if err := hello(conn, user, password, will); err != nil {
		t.Fatal(err)
	}
}

// hello says who is there, and waits to be let in.
func hello(conn net.Conn, user, password string, will *packets.PublishPacket) error {
	return helloAs(conn, "client-of-"+user, user, password, will)
}

func helloAs(conn net.Conn, id, user, password string, will *packets.PublishPacket) error {
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.ClientIdentifier, p.CleanSession = "MQTT", 4, id, true
	p.UsernameFlag, p.Username, p.PasswordFlag, p.Password = true, user, true, []byte(password)
	if will != nil {
		p.WillFlag, p.WillTopic, p.WillMessage, p.WillQos = true, will.TopicName, will.Payload, will.Qos
	}
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if err := p.Write(conn); err != nil {
		return err
	}
	answer, err := packets.ReadPacket(conn)
	if ack, ok := answer.(*packets.ConnackPacket); !ok || ack.ReturnCode != packets.Accepted {
		return fmt.Errorf("%s is not let in: %v (%w)", user, answer, err)
	}
	return nil
}

func exchange(t testing.TB, conn net.Conn, p packets.ControlPacket) packets.ControlPacket {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(conn); err != nil {
		t.Fatal(err)
	}
	answer, err := packets.ReadPacket(conn)
	if err != nil {
		t.Fatalf("%v, answered by %v", err, answer)
	}
	return answer
}

// What is published while the feed is away, or while the sink cannot keep it,
// comes when both are there again.
func TestARealBrokerKeepsWhatWasNotAcknowledged(t *testing.T) {
	url := natsBroker(t)
	c := mqttConfig(url)
	c.User, c.PasswordFile = "vedette", filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(c.PasswordFile, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := true
	first := start(t, &recorder{refuse: func(*track.Observation) error {
		if broken {
			return fmt.Errorf("the disk is full")
		}
		return nil
	}}, c)
	first.waitState(t, Live)
	publisher(t, url, jsonAt(1))
	waitFor(t, "the failure", func() bool { return strings.Contains(first.health().Err, "the disk is full") })
	first.stop()
	publisher(t, url, jsonAt(2), jsonAt(3))
	second := start(t, &recorder{}, c)
	for _, id := range []string{"unit-1", "unit-2", "unit-3"} {
		second.waitID(t, id)
	}
}

func FuzzMQTT(f *testing.F) {
	var b bytes.Buffer
	m := qos1(jsonAt(1))
	m.MessageType, m.MessageID = packets.Publish, 7
	if err := m.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte{0x32, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 'a', 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c := mqttConfig("mqtt://127.0.0.1:1883").filled()
		mapping, err := NewMapping(c)
		if err != nil {
			t.Fatal(err)
		}
		s := newMQTTSession(script{bytes.NewReader(b)}, &Out{&recorder{}, newHealth(c, nil), c.mark()}, mapping)
		for s.batch(t.Context()) == nil {
		}
	})
}

// script is a connection that says what was written before.
type script struct{ *bytes.Reader }

func (script) Write(b []byte) (int, error)      { return len(b), nil }
func (script) SetReadDeadline(time.Time) error  { return nil }
func (script) SetWriteDeadline(time.Time) error { return nil }
