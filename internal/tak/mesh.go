package tak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/ipv4"

	"vedette/track"
	"vedette/wire/cot"
)

// Mesh is a network on which everybody hears everybody, without a server.
// Nobody vouches for what comes from it.
type Mesh struct {
	// Address to hear on: that of a multicast group, such as 239.2.3.1:6969,
	// or one of ours.
	Address string
	// To are addresses to send to: by default the group, if it is one.
	To        []string
	Interface string   // for the group: its name; empty leaves it to the system
	TTL       int      // of what goes to the group, in hops; 1
	Groups    []string // what is heard is for these, and what is for these is said
	Mute      bool     // only hear
	// Rate bounds what is said, in bytes a second, for radios that carry little:
	// positions then give way to newer ones early. 0 is no bound.
	Rate int
}

// Mesh takes part in a mesh, until ctx ends. What is said by others is relayed
// into the mesh in datagrams of protobuf once all that were heard lately have
// said that they read it, and of XML else.
func (s *Server) Mesh(ctx context.Context, opts Mesh) error {
	air, err := openAir(opts)
	if err != nil {
		return fmt.Errorf("mesh on %s: %w", opts.Address, err)
	}
	defer air.close()
	ctx, end := context.WithCancel(ctx)
	defer end()
	m := s.newMember(Identity{Groups: opts.Groups}, opts.Address)
	if opts.Rate > 0 {
		m.queue.limit = min(m.queue.limit, max(opts.Rate/2, small))
	}
	m.by = "mesh " + opts.Address
	m.close = func(string) { end(); air.close() }
	defer context.AfterFunc(ctx, func() { m.cut(CutStop) })()
	n := &mesh{Server: s, member: m, air: air, rate: opts.Rate, peers: peers{}}
	if _, err := s.hub.join(m); err != nil {
		return fmt.Errorf("mesh on %s: %w", opts.Address, err)
	}
	var work sync.WaitGroup
	work.Go(n.say)
	err = n.listen(ctx)
	m.cut(CutBroken)
	work.Wait()
	s.hub.leave(m, s.opts.Clock())
	n.forget(s.opts.Clock().Add(2 * lapse))
	s.counts.end(m.why)
	if m.why == CutStop {
		return nil
	}
	return fmt.Errorf("mesh on %s: %s: %w", opts.Address, m.why, err)
}

// air is the sockets of a mesh.
type air struct {
	in, out *net.UDPConn
	to      []netip.AddrPort
	own     map[netip.AddrPort]bool // from where our own datagrams come back
}

// openAir hears on the address, and sends from a socket of its own.
func openAir(opts Mesh) (*air, error) {
	at, err := netip.ParseAddrPort(opts.Address)
	if err != nil {
		return nil, fmt.Errorf("%w; give an address and a port, such as 239.2.3.1:6969", err)
	}
	to, err := destinations(opts, at)
	if err != nil {
		return nil, err
	}
	if !at.Addr().IsMulticast() {
		in, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if err != nil {
			return nil, err
		}
		return &air{in: in, out: in, to: to}, nil
	}
	return openGroup(opts, at, to)
}

func destinations(opts Mesh, at netip.AddrPort) ([]netip.AddrPort, error) {
	if opts.Mute {
		return nil, nil
	}
	if len(opts.To) == 0 && at.Addr().IsMulticast() {
		return []netip.AddrPort{at}, nil
	}
	var all []netip.AddrPort
	for _, s := range opts.To {
		a, err := netip.ParseAddrPort(s)
		if err != nil {
			return nil, fmt.Errorf("send to: %w; give addresses with their ports", err)
		}
		all = append(all, a)
	}
	return all, nil
}

func openGroup(opts Mesh, at netip.AddrPort, to []netip.AddrPort) (*air, error) {
	if !at.Addr().Is4() {
		return nil, fmt.Errorf("%s is no group of IPv4, which TAK's meshes are", at.Addr())
	}
	var on *net.Interface
	var err error
	if opts.Interface != "" {
		if on, err = net.InterfaceByName(opts.Interface); err != nil {
			return nil, fmt.Errorf("interface %q: %w", opts.Interface, err)
		}
	}
	in, err := net.ListenMulticastUDP("udp4", on, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	out, err := net.ListenUDP("udp4", nil)
	if err != nil {
		in.Close()
		return nil, err
	}
	a := &air{in: in, out: out, to: to, own: ownAddresses(out)}
	if err := a.aim(on, max(opts.TTL, 1)); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// aim sets how what is sent to the group goes. Programs on this machine hear
// it too.
func (a *air) aim(on *net.Interface, ttl int) error {
	p := ipv4.NewPacketConn(a.out)
	err := errors.Join(p.SetMulticastTTL(ttl), p.SetMulticastLoopback(true))
	if on != nil {
		err = errors.Join(err, p.SetMulticastInterface(on))
	}
	return err
}

// ownAddresses are all that a datagram from conn may seem to come from.
func ownAddresses(conn *net.UDPConn) map[netip.AddrPort]bool {
	own := map[netip.AddrPort]bool{}
	port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	addrs, _ := net.InterfaceAddrs() // none: what we said comes back, and is refused as another's
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own[netip.AddrPortFrom(p.Addr(), port)] = true
		}
	}
	return own
}

func (a *air) close() {
	a.in.Close()
	a.out.Close()
}

// maxDatagram is the most that UDP over IPv4 carries.
const maxDatagram = 65507

func (a *air) send(b []byte) error {
	if len(b) > maxDatagram {
		return errors.New("too large for a datagram")
	}
	var err error
	for _, to := range a.to {
		_, e := a.out.WriteToUDPAddrPort(b, to)
		err = errors.Join(err, e)
	}
	return err
}

// mesh is our part in a mesh.
type mesh struct {
	*Server
	*member
	air  *air
	rate int  // of what we say
	pace pace // of all others together

	mu    sync.Mutex
	peers peers
}

// listen takes what others say.
func (n *mesh) listen(ctx context.Context) error {
	room := make([]byte, 1<<16)
	for {
		size, from, err := n.air.in.ReadFromUDPAddrPort(room)
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		switch {
		case err != nil: // about what was sent before: nobody is there
			n.rest(10 * time.Millisecond)
		case !n.air.own[from]:
			n.hear(ctx, from, bytes.Clone(room[:size]))
		}
	}
}

// hear takes one datagram.
func (n *mesh) hear(ctx context.Context, from netip.AddrPort, b []byte) {
	now := n.opts.Clock()
	msg, err := cot.ParseDatagram(b)
	if err != nil {
		n.refuse(n.member, err, &cot.Event{Raw: b})
		return
	}
	n.mu.Lock()
	n.peers.hear(from, msg.Control, now)
	n.mu.Unlock()
	e, _ := event(msg, nil)
	if e == nil || e.IsControl() {
		return
	}
	n.heard(now)
	if !isState(e.Type) {
		if !n.pace.fits(len(b), now) {
			n.refuse(n.member, &track.Refusal{Reason: TooFast, Detail: "more chat and the like than the mesh may send"}, e)
			return
		}
		n.pace.pour(len(b), now)
	}
	o := origin{speaker{peerName(from.Addr()), n.member}, track.Unauthenticated, n.identity.Groups}
	n.bring(ctx, o, e, now)
}

// announce is how often we say what we read: at least once a minute.
const announce = 30 * time.Second

// say sends what is in the queue, and what we read.
func (n *mesh) say() {
	tick := time.NewTicker(announce)
	defer tick.Stop()
	n.sayControl()
	more := make(chan struct{})
	close(more)
	var parcels []*parcel
	for {
		parcels = n.queue.take(parcels[:0], n.share())
		n.sayAll(parcels)
		wake := n.queue.wake
		if len(parcels) > 0 {
			clear(parcels)
			wake = more
		}
		select {
		case <-n.member.gone:
			return
		case <-tick.C:
			n.sayControl()
			n.forget(n.opts.Clock())
		case <-wake:
		}
	}
}

// forget lets go what peers spoke for that have lapsed: they may come back
// from another address.
func (n *mesh) forget(now time.Time) {
	n.mu.Lock()
	gone := n.peers.sweep(now)
	n.mu.Unlock()
	for _, addr := range gone {
		n.hub.orphan(peerName(addr))
		if n.opts.Release != nil {
			n.opts.Release(peerName(addr))
		}
	}
}

// peerName is under which a peer speaks in observations.
func peerName(addr netip.Addr) string { return "udp " + addr.String() }

// sayControl says which versions of the protocol we read.
func (n *mesh) sayControl() {
	control := cot.Control{Min: uint32(cot.Proto), Max: uint32(cot.Proto), ContactUID: n.opts.UID}
	b, err := cot.AppendMessage(nil, cot.Message{Control: &control})
	if err == nil {
		err = n.air.send(cot.AppendDatagram(nil, b))
	}
	if err != nil {
		n.opts.Log.Debug("the mesh cannot be told what we read", "mesh", n.address, "error", err)
	}
}

// share is how much is taken from the queue at once: little where it goes
// slowly, so that the rest can give way.
func (n *mesh) share() int {
	if n.rate > 0 {
		return 1
	}
	return batch
}

func (n *mesh) sayAll(parcels []*parcel) {
	if len(parcels) == 0 || len(n.air.to) == 0 {
		return
	}
	n.mu.Lock()
	form := n.peers.form(n.opts.Clock())
	n.mu.Unlock()
	n.form.Store(int32(form))
	for _, p := range parcels {
		n.sayParcel(p, form)
	}
}

func (n *mesh) sayParcel(p *parcel, form cot.Form) {
	b, err := p.datagram(form)
	if err == nil {
		err = n.air.send(b)
	}
	for _, t := range []*traffic{&n.traffic, n.total} {
		if err != nil {
			t.unsendable.Add(1)
			continue
		}
		t.sent.Add(1)
		t.sentBytes.Add(uint64(len(b)))
	}
	if n.rate > 0 {
		n.rest(time.Duration(len(b)) * time.Second / time.Duration(n.rate))
	}
}

// rest waits, unless the mesh ends.
func (n *mesh) rest(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-n.member.gone:
	case <-timer.C:
	}
}

// peers are the others in a mesh, by where they send from.
type peers map[netip.AddrPort]peer

type peer struct {
	heard time.Time
	reads time.Time // when it last said that it reads protobuf
}

const (
	// lapse is after how long without a word from a peer he is forgotten, and
	// without saying that he reads protobuf is taken not to.
	lapse    = 2 * time.Minute
	maxPeers = 4096
)

// hear takes note of a datagram of a peer. Of too many, new ones are not
// remembered.
func (ps peers) hear(from netip.AddrPort, c *cot.Control, now time.Time) {
	p, known := ps[from]
	if !known && len(ps) >= maxPeers {
		return
	}
	p.heard = now
	if c != nil && c.Reads(uint32(cot.Proto)) {
		p.reads = now
	} else if c != nil {
		p.reads = time.Time{}
	}
	ps[from] = p
}

// form is what all peers read, as far as we know.
func (ps peers) form(now time.Time) cot.Form {
	there := false
	for _, p := range ps {
		if now.Sub(p.heard) > lapse {
			continue
		}
		if there = true; now.Sub(p.reads) > lapse {
			return cot.XML
		}
	}
	if !there {
		return cot.XML
	}
	return cot.Proto
}

// sweep forgets peers that have lapsed, and gives the addresses at which nobody
// is left.
func (ps peers) sweep(now time.Time) []netip.Addr {
	gone, there := map[netip.Addr]bool{}, map[netip.Addr]bool{}
	for from, p := range ps {
		if now.Sub(p.heard) > lapse {
			delete(ps, from)
			gone[from.Addr()] = true
		} else {
			there[from.Addr()] = true
		}
	}
	maps.DeleteFunc(gone, func(a netip.Addr, _ bool) bool { return there[a] })
	return slices.Collect(maps.Keys(gone))
}
