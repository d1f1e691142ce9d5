//go:build unix

package main

import (
	"fmt"
	"time"
)

// soak has a client leave and another come every second while all send, and
// prints ten times what the server holds.
func soak(s *server, o options) error {
	clients, err := connect(s, o.clients, o.proto)
	if err != nil {
		return err
	}
	defer func() { clients.close() }()
	fmt.Println("after | clients | objects | memory MB | goroutines | handles | delivered | gave way | ended")
	start, last := time.Now(), time.Now()
	said := 0
	for n, told := o.clients, 0; time.Since(start) < o.span; n++ {
		clients[0].conn.Close()
		next, err := dial(s, n, o.proto && n%2 == 0)
		if err != nil {
			return err
		}
		go next.read()
		clients = append(clients[1:], next)
		for range 10 {
			more := int(float64(o.rate) * time.Since(last).Seconds())
			if err := clients.say(said, said+more); err != nil {
				return err
			}
			said, last = said+more, time.Now()
			time.Sleep(100 * time.Millisecond)
		}
		if int(10*time.Since(start)/o.span) > told {
			told++
			if err := tell(s, time.Since(start)); err != nil {
				return err
			}
		}
	}
	return nil
}

// say sends the events of some numbers, by the clients in turn.
func (f fleet) say(from, to int) error {
	for i := from; i < to; i++ {
		c := f[i%len(f)]
		b, err := c.message(nil, c.uid, time.Now())
		if err != nil {
			return err
		}
		if _, err := c.conn.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func tell(s *server, after time.Duration) error {
	a, err := s.ask()
	if err != nil {
		return err
	}
	fmt.Printf("%v | %d | %d | %.1f | %d | %d | %d | %d | %v\n", after.Round(time.Second), a.Stats.Clients, a.Stats.Objects,
		float64(a.Resident)/1e6, a.Goroutines, a.Handles, a.Stats.Sent, a.Stats.Coalesced, a.Stats.Ended)
	return nil
}
