package cot

import (
	"strings"
	"time"
)

// The types of emergencies.
const (
	Alarm911       = "b-a-o-tbl" // 911 Alert
	AlarmBell      = "b-a-o-pan" // Ring The Bell
	AlarmInContact = "b-a-o-opn" // In Contact
	AlarmCancelled = "b-a-o-can" // the end of any of them
)

// alarmName is what <emergency type=""> says of a type.
func alarmName(typ string) string {
	switch typ {
	case Alarm911:
		return "911 Alert"
	case AlarmBell:
		return "Ring The Bell"
	case AlarmInContact:
		return "In Contact"
	}
	return "Alert"
}

// Emergency is a person who calls for help, or calls it off.
type Emergency struct {
	UID       string // of the person; that of the event where no link names one
	Callsign  string
	Name      string // "911 Alert" and the like
	Cancelled bool
}

// Emergency gives the emergency in e: an event of a type b-a-o-*.
func (e *Event) Emergency() (Emergency, bool) {
	if !strings.HasPrefix(e.Type, "b-a-o-") {
		return Emergency{}, false
	}
	el, _ := e.Detail.Find("emergency")
	em := Emergency{
		UID: e.UID, Callsign: strings.TrimSpace(el.Text()), Name: el.Attr("type"),
		Cancelled: e.Type == AlarmCancelled || el.Attr("cancel") == "true",
	}
	if link, ok := e.Detail.Link(); ok && link.UID != "" {
		em.UID = link.UID
	}
	if contact, ok := e.Detail.Contact(); ok && em.Callsign == "" {
		em.Callsign = contact.Callsign
	}
	return em, true
}

// NewEmergency is the call of a person at a place, of one of the types above.
// The event's uid is the person's with -9-1-1 behind it, as ATAK makes it, so
// that the cancellation replaces the call.
func NewEmergency(typ string, person Link, callsign string, at Point, when time.Time) *Event {
	e := message(person.UID+"-9-1-1", typ, when, 10*time.Second, "")
	e.Point = at
	b := append([]byte(nil), "<emergency"...)
	if typ == AlarmCancelled {
		b = appendAttr(b, "cancel", "true")
	} else {
		b = appendAttr(b, "type", alarmName(typ))
	}
	b = append(appendEscaped(append(b, '>'), callsign), "</emergency>"...)
	person.Relation = "p-p"
	e.Detail = Detail(b).With(person).With(Contact{Callsign: callsign + "-Alert"})
	return e
}

// TypeChat is the type of GeoChat.
const TypeChat = "b-t-f"

// AllChat is the room that everybody is in.
const AllChat = "All Chat Rooms"

// Chat is the essence of a GeoChat message.
type Chat struct {
	ID   string // of the message
	Room string // its name: AllChat, a group's, or the callsign of the one spoken to
	To   string // id of the room: its name, or the uid of the one spoken to
	From string // callsign of the sender
	UID  string // of the sender
	Text string
}

// Chat gives the GeoChat message in e.
func (e *Event) Chat() (Chat, bool) {
	el, ok := e.Detail.Find("__chat")
	if e.Type != TypeChat || !ok {
		return Chat{}, false
	}
	remarks, _ := e.Detail.Remarks()
	c := Chat{
		ID: el.Attr("messageId"), Room: el.Attr("chatroom"), To: el.Attr("id"),
		From: el.Attr("senderCallsign"), Text: remarks.Text,
	}
	for child := range el.Elements() {
		if child.Name == "chatgrp" && c.UID == "" {
			c.UID = child.Attr("uid0")
		}
	}
	if link, _ := e.Detail.Link(); link.UID != "" {
		c.UID = link.UID
	}
	return c, true
}

// NewChat makes a GeoChat message that is kept for a day. An empty room is
// AllChat; a message to one person is sent by Dests too.
func NewChat(c Chat, at Point, when time.Time) *Event {
	if c.Room == "" {
		c.Room, c.To = AllChat, AllChat
	}
	e := message("GeoChat."+c.UID+"."+c.To+"."+c.ID, TypeChat, when, 24*time.Hour, "")
	e.How, e.Point = "h-g-i-g-o", at
	b := appendAttr([]byte("<__chat"), "parent", "RootContactGroup")
	b = appendAttr(b, "groupOwner", "false")
	b = appendAttr(b, "messageId", c.ID)
	b = appendAttr(b, "chatroom", c.Room)
	b = appendAttr(b, "id", c.To)
	b = appendAttr(b, "senderCallsign", c.From)
	b = appendAttr(append(b, "><chatgrp"...), "uid0", c.UID)
	b = appendAttr(b, "uid1", c.To)
	b = append(appendAttr(b, "id", c.To), "/></__chat>"...)
	e.Detail = Detail(b).
		With(Link{UID: c.UID, Type: "a-f-G-U-C", Relation: "p-p"}).
		With(Remarks{Text: c.Text, Source: "BAO.F.ATAK." + c.UID, To: c.To})
	if c.To != AllChat {
		e.Detail = e.Detail.With(Dests{{UID: c.To}})
	}
	return e
}
