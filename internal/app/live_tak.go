package app

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"vedette/internal/ca"
	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/internal/tactical"
	"vedette/internal/tak"
	"vedette/track"
)

// serveTAK lets TAK clients in, and tells them what comes from elsewhere.
func (l *live) serveTAK() error {
	server, err := tak.New(tak.Options{
		UID:     l.node(),
		Sink:    l.picture,
		Note:    l.note,
		Release: l.picture.Release,
		Speaks:  func(by, uid string) bool { return l.picture.Speaks(track.Key{Source: tak.Source, ID: uid}, by) },
		Version: l.Version,
		Log:     l.Log,
		Limits:  tak.Limits{Clients: l.Settings.TAK.Clients, Sessions: l.Settings.TAK.Sessions, Stall: time.Duration(l.Settings.TAK.Stall)},
	})
	if err != nil {
		return err
	}
	l.tak = server
	l.resume()
	l.front.run("TAK", server.Run)
	l.front.run("TAK, from elsewhere", l.tell)
	if l.Settings.TAK.ShowArea {
		l.front.run("TAK, own area", l.showArea)
	}
	if m := l.Settings.Mesh; m.Listen != "" {
		l.front.run("TAK mesh", func(ctx context.Context) error {
			return server.Mesh(ctx, tak.Mesh{Address: m.Listen, To: m.Send, Groups: m.Groups, Interface: m.Interface, TTL: m.TTL, Mute: m.Mute, Rate: m.Rate})
		})
		l.Tell("TAK mesh on %s: nobody vouches for what comes by it", m.Listen)
	}
	l.desk.CA.OnRevoke(func(e ca.Entry) { l.cut(e) })
	return l.openDoors()
}

// resume lets what TAK clients said before a restart stand again for who joins,
// and open calls for help be repeated.
func (l *live) resume() {
	for _, obj := range l.picture.Since(picture.Cursor{}, nil, l.Settings.Picture.Most*2).Objects {
		if obj.Source != tak.Source || obj.Gone || obj.Closed != "" || obj.Stale(time.Now()) {
			continue
		}
		if err := l.tak.Resume(obj.Observation); err != nil {
			l.Log.Warn("not told to TAK clients after the restart", "object", obj.ID, "err", err)
		}
	}
}

// node names this server.
func (l *live) node() string { return "vedette-" + l.Area.Sum[:16] }

// openDoors listens for clients with certificates and without.
func (l *live) openDoors() error {
	for _, d := range []struct {
		address, what string
		door          tak.Door
	}{
		{l.Settings.TAK.Listen, "TAK without TLS", tak.Door{Groups: l.Settings.TAK.Groups}},
		{l.Settings.TAK.ListenTLS, "TAK with certificates", tak.Door{TLS: l.desk.CA.ClientTLS(true), Identify: l.identify}},
	} {
		if d.address == "" {
			continue
		}
		err := l.listen(d.address, d.what, func(ctx context.Context, ln net.Listener) error { return l.tak.Serve(ctx, ln, d.door) })
		if err != nil {
			return err
		}
	}
	return nil
}

// identify tells who a client certificate is of, and in which groups he is.
func (l *live) identify(cert *x509.Certificate) (tak.Identity, error) {
	who, err := l.desk.CA.Verify(cert)
	if err != nil {
		return tak.Identity{}, err
	}
	return tak.Identity{Name: who.Name, Groups: l.groupsOf(who.Name), Serial: who.Serial.String()}, nil
}

// groupsOf gives the groups of a user; a certificate of nobody who is a user, a
// feed's, is in none, and sees what everybody may see.
func (l *live) groupsOf(name string) []string {
	user, err := l.desk.Users.User(name)
	if err != nil {
		return nil
	}
	return user.Groups
}

// cut ends the sessions of a certificate that was revoked.
func (l *live) cut(e ca.Entry) {
	if n := l.tak.Cut(func(i tak.Identity) bool { return i.Serial == e.Serial.String() }, tak.CutRevoked); n > 0 {
		l.Log.Warn("sessions are cut: the certificate was revoked", "name", e.Name, "serial", e.Serial, "sessions", n)
	}
}

// tellEvery is the least time between two tellings.
const tellEvery = 200 * time.Millisecond

// tell gives TAK clients what other feeds bring, the latest of each object, and
// takes calls for help that have an outcome off their maps.
func (l *live) tell(ctx context.Context) error {
	var cursor picture.Cursor
	for {
		if l.picture.Wait(ctx, cursor) != nil {
			return nil // ctx ended
		}
		changes := l.picture.Since(cursor, nil, 1000)
		cursor = changes.Next
		for _, obj := range changes.Objects {
			l.tellOf(obj)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tellEvery):
		}
	}
}

func (l *live) tellOf(obj picture.Object) {
	switch {
	case obj.Closed != "":
		l.tak.Retract(tactical.UID(obj.Observation))
	case obj.Source == tak.Source: // they heard it from each other
	case obj.Gone:
		l.tak.Retract(tactical.UID(obj.Observation))
	case obj.Fix && !obj.Stale(time.Now()):
		if err := l.tak.Publish(tactical.ToEvent(obj.Observation, time.Now().UTC()), obj.Groups); err != nil {
			l.Log.Warn("not told to TAK clients", "object", obj.ID, "source", obj.Source, "err", err)
		}
	}
}

// showArea puts the area on the phones' maps, again and again before it is
// stale.
func (l *live) showArea(ctx context.Context) error {
	tick := time.NewTicker(tactical.AreaStale / 2)
	defer tick.Stop()
	for {
		for _, e := range tactical.Area(l.Area.Area, time.Now().UTC()) {
			if err := l.tak.Publish(e, nil); err != nil {
				l.Log.Warn("a part of the area is not shown to TAK clients", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// named is what has an id for all time; other notes get one of their own.
type named interface{ EventID() string }

// note keeps in the journal what is no observation, and returns once it is
// synced.
func (l *live) note(ctx context.Context, kind string, payload any) error {
	b, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("note %s: %w", kind, err)
	}
	now := time.Now().UTC()
	sum := sha256.Sum256(fmt.Appendf(b, "%s %d", kind, now.UnixNano()))
	id := "n-" + hex.EncodeToString(sum[:16])
	if n, ok := payload.(named); ok {
		id = n.EventID()
	}
	_, err = l.journal.Events.Append(ctx, journal.Event{ID: id, Kind: kind, Version: 1, Source: tak.Source, Time: now, Received: now, Payload: b})
	return err
}
