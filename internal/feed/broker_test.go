package feed

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"vedette/track"
)

// hashed is the password "secret", hashed at a low cost so that the tests are
// quick.
const hashed = "$2a$04$zh73eme49OMepKLxzxmfzeATlTjoytIqv/lMGMlrhm8fGTboM5sVO"

func brokerConfig(url string) Config {
	return Config{Name: "devices", Kind: "mqtt", URL: url, Devices: map[string]string{"tracker-7": hashed, "tracker-8": hashed}}
}

// startBroker runs a broker that gives what was not acknowledged again soon.
func startBroker(t testing.TB, sink *recorder, c Config, dir string) *started {
	t.Helper()
	return startIn(t, sink, dir, func(r *Runner) {
		r.feeds[0].feed.(*brokerFeed).again = 100 * time.Millisecond
	}, c)
}

func on(topic string, qos byte, i int) *packets.PublishPacket {
	return &packets.PublishPacket{FixedHeader: packets.FixedHeader{MessageType: packets.Publish, Qos: qos}, TopicName: topic, MessageID: uint16(i + 1), Payload: jsonAt(i)}
}

func TestADeviceSpeaksForItself(t *testing.T) {
	url := newCaller(t, "mqtt-listen").url()
	s := startBroker(t, &recorder{}, brokerConfig(url), t.TempDir())
	s.waitState(t, Live)
	conn := dialMQTT(t, url, "tracker-7", "secret", nil)
	defer conn.Close()
	exchange(t, conn, on("tracker-7/position", 1, 1))
	o := s.waitID(t, "unit-1")
	if o.Trust != track.Token || o.By != "tracker-7" || o.Source != "devices" || s.sink.kept != 1 {
		t.Errorf("%+v", o)
	}
}

// A device may publish below its own name. Whatever else it tries comes to
// nothing: other names, JetStream's own subjects, subscriptions, a will.
func TestADeviceIsConfined(t *testing.T) {
	url := newCaller(t, "mqtt-listen").url()
	s := startBroker(t, &recorder{}, brokerConfig(url), t.TempDir())
	s.waitState(t, Live)
	will := on("tracker-8/position", 1, 10)
	conn := dialMQTT(t, url, "tracker-7", "secret", will)
	for i, topic := range []string{
		"tracker-8/position", "tracker-7", "position", "$JS/API/STREAM/PURGE/$MQTT_msgs", "$MQTT/msgs/tracker-8/position", "$SYS/ACCOUNT/x", "tracker-7.tracker-8/x",
	} {
		exchange(t, conn, on(topic, 1, i))
		if err := on(topic, 0, i).Write(conn); err != nil {
			t.Fatal(err)
		}
	}
	for _, topic := range []string{"#", "+/#", "tracker-7/#", "tracker-8/position", "$SYS/#", "$MQTT/#"} {
		ask := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
		ask.MessageID, ask.Topics, ask.Qoss = 9, []string{topic}, []byte{1}
		answer, ok := exchange(t, conn, ask).(*packets.SubackPacket)
		if !ok || answer.ReturnCodes[0] != 0x80 {
			t.Errorf("may subscribe to %s: %v", topic, answer)
		}
	}
	conn.Close() // without a word: the will is due
	other := dialMQTT(t, url, "tracker-8", "secret", nil)
	defer other.Close()
	exchange(t, other, on("tracker-8/position", 1, 20))
	s.waitID(t, "unit-20")
	time.Sleep(30 * time.Millisecond) // for what must not come
	for _, o := range s.sink.all() {
		if o.ID != "unit-20" {
			t.Errorf("%s came, by %s", o.ID, o.By)
		}
	}
}

func TestNobodyComesInWithoutThePassword(t *testing.T) {
	url := newCaller(t, "mqtt-listen").url()
	s := startBroker(t, &recorder{}, brokerConfig(url), t.TempDir())
	s.waitState(t, Live)
	for user, password := range map[string]string{"tracker-7": "wrong", "tracker-9": "secret", "": "", brokerUser: hashed} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "mqtt-listen://"))
		if err != nil {
			t.Fatal(err)
		}
		hello := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
		hello.ProtocolName, hello.ProtocolVersion, hello.ClientIdentifier, hello.CleanSession = "MQTT", 4, "x", true
		hello.UsernameFlag, hello.Username, hello.PasswordFlag, hello.Password = user != "", user, user != "", []byte(password)
		if err := hello.Write(conn); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if ack, ok := read(conn).(*packets.ConnackPacket); ok && ack.ReturnCode == packets.Accepted {
			t.Errorf("%q is let in", user)
		}
		conn.Close()
	}
}

func read(conn net.Conn) packets.ControlPacket {
	p, err := packets.ReadPacket(conn)
	if err != nil {
		return nil
	}
	return p
}

// A device that takes our client id, or another's, ends nobody's session.
func TestADeviceCannotTakeAnothersSession(t *testing.T) {
	url := newCaller(t, "mqtt-listen").url()
	s := startBroker(t, &recorder{}, brokerConfig(url), t.TempDir())
	s.waitState(t, Live)
	other := dialMQTT(t, url, "tracker-8", "secret", nil)
	defer other.Close()
	for _, id := range []string{"vedette-devices", "device-tracker-8", "client-of-tracker-8"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "mqtt-listen://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := helloAs(conn, id, "tracker-7", "secret", nil); err != nil {
			t.Fatal(err)
		}
		exchange(t, conn, packets.NewControlPacket(packets.Pingreq))
		if err := packets.NewControlPacket(packets.Disconnect).Write(conn); err != nil {
			t.Fatal(err)
		}
		if p := read(conn); p != nil {
			t.Errorf("%v after the end", p)
		}
	}
	exchange(t, other, on("tracker-8/position", 1, 1))
	s.waitID(t, "unit-1")
	if states := s.seen(); len(states) != 1 {
		t.Errorf("the feed was disturbed: %v", states)
	}
}

// What the broker acknowledged comes, though the journal could not take it then
// and all was started anew.
func TestWhatTheBrokerAcknowledgedIsNotLost(t *testing.T) {
	dir := t.TempDir()
	url := newCaller(t, "mqtt-listen").url()
	full := &recorder{hold: make(chan struct{}), refuse: func(*track.Observation) error { return errors.New("the disk is full") }}
	first := startBroker(t, full, brokerConfig(url), dir)
	first.waitState(t, Live)
	conn := dialMQTT(t, url, "tracker-7", "secret", nil)
	exchange(t, conn, on("tracker-7/position", 1, 1))
	conn.Close()
	close(full.hold)
	waitFor(t, "the failure", func() bool { return strings.Contains(first.health().Err, "the disk is full") })
	first.stop()
	second := startBroker(t, &recorder{}, brokerConfig(url), dir)
	second.waitID(t, "unit-1")
}

func TestDevicesComeOverTLS(t *testing.T) {
	certs := newAuthority(t)
	c := brokerConfig(newCaller(t, "mqtts-listen").url())
	c.CertFile, c.KeyFile = serverFiles(t, certs)
	s := startBroker(t, &recorder{}, c, t.TempDir())
	s.waitState(t, Live)
	ca, err := os.ReadFile(certs.ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(c.URL, "mqtts-listen://"), &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	greetMQTT(t, conn, "tracker-7", "secret", nil)
	exchange(t, conn, on("tracker-7/position", 1, 1))
	s.waitID(t, "unit-1")
}

// serverFiles writes the server's certificate and key.
func serverFiles(t *testing.T, a authority) (cert, key string) {
	t.Helper()
	pair := a.server.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// brokerDevice is a peer that publishes at our broker.
type brokerDevice struct {
	at   string
	conn net.Conn
	n    int
}

func (d *brokerDevice) url() string { return d.at }

func (d *brokerDevice) send(t testing.TB, doc []byte) {
	t.Helper()
	waitFor(t, "the broker", func() bool {
		if d.conn != nil {
			return true
		}
		conn, err := net.Dial("tcp", strings.TrimPrefix(d.at, "mqtt-listen://"))
		if err != nil {
			return false
		}
		if d.conn = conn; hello(conn, "tracker-7", "secret", nil) != nil {
			d.close()
		}
		return d.conn != nil
	})
	d.n++
	m := on("tracker-7/position", 1, d.n)
	m.Payload = doc
	if err := m.Write(d.conn); err != nil || read(d.conn) == nil {
		d.close()
	}
}

func (d *brokerDevice) drop(testing.TB) { d.close() }

func (d *brokerDevice) close() {
	if d.conn != nil {
		d.conn.Close()
		d.conn = nil
	}
}

func ourBroker() conformant {
	return conformant{
		name: "our own mqtt broker", config: Config{Kind: "mqtt", Devices: map[string]string{"tracker-7": hashed}},
		start: func(t testing.TB) peer { return &brokerDevice{at: newCaller(t, "mqtt-listen").url()} },
		good:  plainly(jsonAt), id: func(i int) string { return fmt.Sprintf("unit-%d", i) },
		bad: []byte("{]"), reason: "document", exact: 1e-9, stays: true,
	}
}
