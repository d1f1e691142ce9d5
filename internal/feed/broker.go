package feed

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	natsserver "github.com/nats-io/nats-server/v2/server"
)

// The bounds of our own broker's store: what devices sent and is not kept yet,
// and their retained messages.
const (
	brokerDisk   = 1 << 30
	brokerMemory = 16 << 20
	brokerStart  = 30 * time.Second
	brokerAgain  = 30 * time.Second
)

// brokerFeed is an MQTT broker of our own, for devices that know of no other:
// the one in the NATS server, in a server of its own that holds nothing else.
// The journal is in another server, which no message reaches.
//
// Devices come through a port of ours, which opens once the feed has subscribed:
// the broker keeps a message only for whoever is there to take it. It
// acknowledges a message when that is synced to its own disk, and holds it until
// we have acknowledged it, which is when it is in the journal.
type brokerFeed struct {
	config  Config
	mapping *Mapping
	dir     string
	again   time.Duration // after which a message that was not acknowledged comes again
}

func (f *brokerFeed) Run(ctx context.Context, out *Out) error {
	secret := rand.Text()
	nats, inside, err := f.start(secret)
	if err != nil {
		return err
	}
	defer func() { nats.Shutdown(); nats.WaitForShutdown() }()
	ctx, cancel := context.WithCancelCause(ctx)
	var parts sync.WaitGroup
	defer parts.Wait()
	defer cancel(nil)
	part := func(run func(context.Context) error) {
		parts.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	part(func(ctx context.Context) error {
		return f.subscriber(inside, secret).run(ctx, out, func() {
			part(func(ctx context.Context) error { return f.serve(ctx, out, inside) })
		})
	})
	<-ctx.Done()
	return context.Cause(ctx)
}

// start starts the server, and gives its address on loopback. A device may
// publish below its own name and do nothing else.
func (f *brokerFeed) start(secret string) (nats *natsserver.Server, address string, err error) {
	c, dir := f.config, filepath.Join(f.dir, f.config.Name)
	users := []*natsserver.User{{Username: brokerUser, Password: secret}}
	for _, name := range deviceNames(c) {
		users = append(users, &natsserver.User{
			Username: name, Password: c.Devices[name],
			Permissions: &natsserver.Permissions{
				Publish:   &natsserver.SubjectPermission{Allow: []string{name + ".>"}},
				Subscribe: &natsserver.SubjectPermission{Deny: []string{">"}},
			},
			AllowedConnectionTypes: map[string]struct{}{"MQTT": {}},
		})
	}
	opts := &natsserver.Options{
		ServerName: "vedette-mqtt-" + c.Name, DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, SyncAlways: true, JetStreamMaxStore: brokerDisk, JetStreamMaxMemory: brokerMemory,
		MaxPayload: MaxDocument + mqttExtra, MaxConn: maxPeers + 2, Users: users,
		MQTT: natsserver.MQTTOpts{Host: "127.0.0.1", Port: -1, AuthTimeout: dialTime.Seconds(), AckWait: f.again},
	}
	nats, err = natsserver.NewServer(opts)
	if err != nil {
		return nil, "", fmt.Errorf("start the broker in %s: %w", dir, err)
	}
	nats.Start()
	if !nats.ReadyForConnections(brokerStart) || !nats.JetStreamEnabled() {
		nats.Shutdown()
		return nil, "", fmt.Errorf("start the broker in %s: it is not ready after %v; see that the folder can be written", dir, brokerStart)
	}
	return nats, fmt.Sprintf("127.0.0.1:%d", opts.MQTT.Port), nil
}

// brokerUser is ours: no device has a name with a space in it.
const brokerUser = "vedette itself"

func deviceNames(c Config) []string {
	var names []string
	for name := range c.Devices {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// subscriber is the feed's own session.
func (f *brokerFeed) subscriber(address, secret string) *mqttFeed {
	c := f.config
	c.URL = "mqtt://" + address
	c.Topics = []string{"+/#"} // all: there are none but devices'
	return &mqttFeed{c, f.mapping, func() (login, error) { return login{brokerUser, []byte(secret)}, nil }}
}

// serve passes on what devices say to the server, and back.
func (f *brokerFeed) serve(ctx context.Context, out *Out, inside string) error {
	l, err := f.listen(ctx)
	if err != nil {
		return err
	}
	return acceptAll(ctx, l, newGate(f.config.Allow), out, func(ctx context.Context, conn net.Conn) error {
		if err := relay(ctx, conn, inside); err != nil {
			out.Refused("device-connection")
		}
		return nil
	})
}

func (f *brokerFeed) listen(ctx context.Context) (net.Listener, error) {
	u, err := url.Parse(f.config.URL)
	if err != nil {
		return nil, fmt.Errorf("read the url: %w", err)
	}
	lc := net.ListenConfig{KeepAliveConfig: keepAlive()}
	l, err := lc.Listen(ctx, "tcp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", u.Host, err)
	}
	if !secure(u.Scheme) {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(f.config.CertFile, f.config.KeyFile)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cert_file, key_file: %w", err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}), nil
}

// relay connects a device with the server until one of them leaves. The error
// is that of a handshake, of the device's first words or of the server.
func relay(ctx context.Context, conn net.Conn, inside string) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(dialTime)); err != nil {
		return err
	}
	device := newMQTTSession(conn, nil, nil)
	device.most = maxConnect
	first, err := introduce(device)
	if err != nil {
		return err
	}
	broker, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", inside)
	if err != nil {
		return err
	}
	defer broker.Close()
	if err := errors.Join(first.Write(broker), conn.SetDeadline(time.Time{})); err != nil {
		return err
	}
	both(ctx, conn, device.in, broker)
	return nil
}

// maxConnect is what a device may say before it is known, in bytes.
const maxConnect = 16 << 10

// introduce reads the packet by which a device connects, and gives it the
// device's own name for a client id: with that of another it would end the
// other's session, or ours, and lose what waits in it.
func introduce(device *mqttSession) (packets.ControlPacket, error) {
	p, err := device.read()
	if err != nil {
		return nil, err
	}
	first, ok := p.(*packets.ConnectPacket)
	if !ok {
		return nil, errors.New("a device says something before it connects")
	}
	first.ClientIdentifier = "device-" + first.Username
	return first, nil
}

// both copies both ways until one side leaves.
func both(ctx context.Context, conn net.Conn, from io.Reader, broker net.Conn) {
	hangUp := func() { conn.Close(); broker.Close() }
	defer context.AfterFunc(ctx, hangUp)()
	var back sync.WaitGroup
	back.Go(func() {
		defer hangUp()
		_, _ = io.Copy(conn, broker)
	})
	_, _ = io.Copy(broker, from)
	hangUp()
	back.Wait()
}

// device is who a message is from: the first level of its topic, below which
// the broker lets nobody else publish.
func device(topic string) string {
	name, _, _ := strings.Cut(topic, "/")
	return name
}
