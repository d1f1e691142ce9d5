package feed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"vedette/track"
)

const (
	mqttAlive = 30 * time.Second // in which one side or the other says something
	mqttBatch = 256              // messages that are kept together
	mqttExtra = 4 + 65535 + 2    // of a message around its document: lengths, topic, id
)

// mqttFeed subscribes at an MQTT broker (3.1.1) with QoS 1, in a session that
// the broker keeps while we are away. A message is acknowledged once its
// observations are kept.
type mqttFeed struct {
	config  Config
	mapping *Mapping
	login   func() (login, error)
}

// login is how we show who we are. The password is read when it is needed.
type login struct {
	user     string
	password []byte
}

func (c Config) login() (login, error) {
	if c.PasswordFile == "" {
		return login{user: c.User}, nil
	}
	password, err := readSmall(c.PasswordFile)
	if err != nil {
		return login{}, fmt.Errorf("password_file: %w", err)
	}
	return login{c.User, bytes.TrimRight(password, "\r\n")}, nil
}

func (f *mqttFeed) Run(ctx context.Context, out *Out) error {
	return f.run(ctx, out, out.Connected)
}

// run tells when the subscriptions stand, and goes on until ctx ends or the
// connection does.
func (f *mqttFeed) run(ctx context.Context, out *Out, subscribed func()) error {
	conn, err := dial(ctx, f.config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s := newMQTTSession(conn, out, f.mapping)
	var pinging sync.WaitGroup
	defer pinging.Wait()
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	err = s.run(ctx, f, func() {
		subscribed()
		pinging.Go(func() {
			if err := s.pingForEver(ctx); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// wire is what a session needs of its connection.
type wire interface {
	io.ReadWriter
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// mqttSession is one connection.
type mqttSession struct {
	conn    wire
	in      *bufio.Reader
	out     *Out
	mapping *Mapping
	sending sync.Mutex
	most    int // bytes of a packet that is kept

	subscribed func() // called once the broker says that the subscriptions stand
}

func newMQTTSession(conn wire, out *Out, m *Mapping) *mqttSession {
	return &mqttSession{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), out: out, mapping: m, most: MaxDocument + mqttExtra, subscribed: func() {}}
}

// run connects, subscribes and takes messages until the connection ends.
func (s *mqttSession) run(ctx context.Context, f *mqttFeed, subscribed func()) error {
	if err := s.connect(f); err != nil {
		return err
	}
	if err := s.subscribe(f.config.Topics); err != nil {
		return err
	}
	s.subscribed = sync.OnceFunc(subscribed)
	for {
		if err := s.batch(ctx); err != nil {
			return err
		}
	}
}

func (s *mqttSession) connect(f *mqttFeed) error {
	who, err := f.login()
	if err != nil {
		return err
	}
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion = "MQTT", 4
	p.ClientIdentifier, p.CleanSession = "vedette-"+f.config.Name, false
	p.Keepalive = uint16(mqttAlive.Seconds())
	p.UsernameFlag, p.Username = who.user != "", who.user
	p.PasswordFlag, p.Password = len(who.password) > 0, who.password
	if err := s.send(p); err != nil {
		return err
	}
	if err := s.conn.SetReadDeadline(time.Now().Add(dialTime)); err != nil {
		return fmt.Errorf("read from the broker: %w", err)
	}
	answer, err := s.read()
	if err != nil {
		return err
	}
	ack, ok := answer.(*packets.ConnackPacket)
	if !ok {
		return errors.New("the broker answers with something else than yes or no; see that the url is of an MQTT broker")
	}
	if ack.ReturnCode != packets.Accepted {
		return fmt.Errorf("the broker refuses the connection: %s", packets.ConnackReturnCodes[ack.ReturnCode])
	}
	return nil
}

const subscribeID = 1

func (s *mqttSession) subscribe(topics []string) error {
	p := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	p.MessageID, p.Topics, p.Qoss = subscribeID, topics, bytes.Repeat([]byte{1}, len(topics))
	return s.send(p)
}

// granted looks at the broker's answer. Messages may come before it.
func granted(p *packets.SubackPacket) error {
	for _, code := range p.ReturnCodes {
		if code > 2 {
			return errors.New("the broker refuses a subscription; see that the user may read the topics")
		}
	}
	return nil
}

func (s *mqttSession) send(p packets.ControlPacket) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return fmt.Errorf("send to the broker: %w", err)
	}
	if err := p.Write(s.conn); err != nil {
		return fmt.Errorf("send to the broker: %w", err)
	}
	return nil
}

// pingForEver says that we are there, and gets an answer, which shows that the
// broker is.
func (s *mqttSession) pingForEver(ctx context.Context) error {
	for sleep(ctx, mqttAlive/2) == nil {
		if err := s.send(packets.NewControlPacket(packets.Pingreq)); err != nil {
			return err
		}
	}
	return nil
}

// batch waits for a packet, takes all that have come whole with it, keeps what
// they say together, and then acknowledges them.
func (s *mqttSession) batch(ctx context.Context) error {
	var messages []*packets.PublishPacket
	if err := s.conn.SetReadDeadline(time.Now().Add(2 * mqttAlive)); err != nil {
		return fmt.Errorf("read from the broker: %w", err)
	}
	for more := true; more && len(messages) < mqttBatch; more = s.wholeAhead() {
		p, err := s.read()
		if err != nil {
			return err
		}
		switch p := p.(type) {
		case *packets.PublishPacket:
			messages = append(messages, p)
		case *packets.SubackPacket:
			if err := granted(p); err != nil {
				return err
			}
			s.subscribed()
		}
	}
	if _, err := s.out.Keep(ctx, s.decode(messages)); err != nil {
		return err
	}
	for _, m := range messages {
		if m.Qos > 0 {
			ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			ack.MessageID = m.MessageID
			if err := s.send(ack); err != nil {
				return err
			}
		}
	}
	return nil
}

// decode reads messages, and counts what of them is refused. A retained message
// may be years old: where it does not say of when it is, it says nothing.
func (s *mqttSession) decode(messages []*packets.PublishPacket) []*track.Observation {
	var all []*track.Observation
	for _, m := range messages {
		if m.Payload == nil && m.RemainingLength > MaxDocument {
			s.out.Refused(string(BadDocument))
			continue
		}
		found := s.mapping.Read(m.TopicName, m.Payload)
		for _, refusal := range found.Refused {
			s.out.Refused(string(refusal.Reason))
		}
		if m.Retain && !found.Timed {
			s.out.Refused(string(Retained))
			continue
		}
		for _, o := range found.Observations {
			o.By = device(m.TopicName)
		}
		all = append(all, found.Observations...)
	}
	return all
}

// wholeAhead tells whether a whole packet lies in the buffer, so that reading it
// waits for nobody.
func (s *mqttSession) wholeAhead() bool {
	b, _ := s.in.Peek(s.in.Buffered())
	if len(b) == 0 {
		return false
	}
	size, n, err := remaining(bytes.NewReader(b[1:]))
	return err == nil && len(b) >= 1+n+size
}

// remaining reads the length of what follows, which is written in 1 to 4 bytes.
func remaining(r io.ByteReader) (size, bytes int, err error) {
	for bytes < 4 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, bytes, err
		}
		size |= int(b&0x7F) << (7 * bytes)
		if bytes++; b < 0x80 {
			return size, bytes, nil
		}
	}
	return 0, bytes, errors.New("the broker writes a length of over four bytes")
}

// read reads a packet. One over the bound is passed over without being kept,
// and comes without its document, so that it can be counted and acknowledged,
// or it would come again for ever.
func (s *mqttSession) read() (packets.ControlPacket, error) {
	head, err := s.in.ReadByte()
	if err != nil {
		return nil, fmt.Errorf("read from the broker: %w", err)
	}
	size, _, err := remaining(s.in)
	if err != nil {
		return nil, fmt.Errorf("read from the broker: %w", err)
	}
	fixed := packets.FixedHeader{MessageType: head >> 4, Dup: head&8 != 0, Qos: head >> 1 & 3, Retain: head&1 != 0, RemainingLength: size}
	if fixed.MessageType == packets.Publish && size > s.most {
		return s.passOver(fixed)
	}
	if size > s.most {
		return nil, fmt.Errorf("the broker sends a packet of %d bytes; see that the url is of an MQTT broker", size)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(s.in, body); err != nil {
		return nil, fmt.Errorf("read from the broker: %w", err)
	}
	return unpack(fixed, body)
}

func unpack(fixed packets.FixedHeader, body []byte) (packets.ControlPacket, error) {
	p, err := packets.NewControlPacketWithHeader(fixed)
	if err != nil {
		return nil, fmt.Errorf("read from the broker: %w", err)
	}
	if err := p.Unpack(bytes.NewBuffer(body)); err != nil {
		return nil, fmt.Errorf("read a packet of the broker: %w", err)
	}
	if m, ok := p.(*packets.PublishPacket); ok && (m.Qos > 1 || strings.ContainsRune(m.TopicName, 0)) {
		return nil, errors.New("the broker sends a message that was not asked for: of QoS 2, or without a topic")
	}
	return p, nil
}

// passOver reads of a message its topic and id only.
func (s *mqttSession) passOver(fixed packets.FixedHeader) (packets.ControlPacket, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(s.in, head); err != nil {
		return nil, fmt.Errorf("read from the broker: %w", err)
	}
	topic := int(head[0])<<8 | int(head[1])
	rest := make([]byte, topic+2)
	if _, err := io.ReadFull(s.in, rest); err != nil {
		return nil, fmt.Errorf("read from the broker: %w", err)
	}
	if _, err := io.CopyN(io.Discard, s.in, int64(fixed.RemainingLength-len(head)-len(rest))); err != nil {
		return nil, fmt.Errorf("read from the broker: %w", err)
	}
	id := uint16(rest[topic])<<8 | uint16(rest[topic+1]) // with QoS 0 it is of the document, and not used
	return &packets.PublishPacket{FixedHeader: fixed, TopicName: string(rest[:topic]), MessageID: id}, nil
}
