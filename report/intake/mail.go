package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// readMail takes the text of an e-mail, its text attachments, and the e-mails
// that it forwards. Of a text that is there twice, plain and as a page, the
// plain one counts. The writer is the document's author.
func readMail(raw []byte, limits Limits) ([]Document, error) {
	m := mailReader{limits: limits}
	if err := m.read(bytes.NewReader(raw), 0); err != nil {
		return nil, err
	}
	for i := range m.docs {
		m.docs[i].setPart("part", i, len(m.docs))
	}
	return m.docs, nil
}

type mailReader struct {
	limits Limits
	docs   []Document
}

func (m *mailReader) read(r io.Reader, depth int) error {
	if depth > m.limits.Depth {
		return fmt.Errorf("e-mails lie in e-mails more than %d deep", m.limits.Depth)
	}
	entity, err := message.Read(r)
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return fmt.Errorf("parse the e-mail: %w", err)
	}
	head := mail.Header{Header: entity.Header}
	plain := len(m.docs)
	if err := m.part(entity, head, depth); err != nil {
		return err
	}
	m.preferPlain(plain)
	return nil
}

// part takes an entity and what lies in it.
func (m *mailReader) part(e *message.Entity, head mail.Header, depth int) error {
	if parts := e.MultipartReader(); parts != nil {
		return m.parts(parts, head, depth+1)
	}
	kind, params, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain"
	}
	if kind != "message/rfc822" && !strings.HasPrefix(kind, "text/") {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(e.Body, int64(m.limits.Bytes)+1))
	if err != nil {
		return fmt.Errorf("decode a part of the e-mail: %w", err)
	}
	switch {
	case len(body) > m.limits.Bytes:
		return fmt.Errorf("a part of the e-mail is larger than the limit of %d bytes", m.limits.Bytes)
	case kind == "message/rfc822":
		return m.read(bytes.NewReader(body), depth+1)
	case len(m.docs) >= m.limits.Parts:
		return fmt.Errorf("the e-mail has more than %d parts", m.limits.Parts)
	}
	m.add(body, kind, params["charset"], head)
	return nil
}

func (m *mailReader) parts(parts message.MultipartReader, head mail.Header, depth int) error {
	if depth > m.limits.Depth {
		return fmt.Errorf("the e-mail's parts lie more than %d deep", m.limits.Depth)
	}
	for {
		p, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err):
			return fmt.Errorf("parse the e-mail's parts: %w", err)
		}
		if err := m.part(p, head, depth); err != nil {
			return err
		}
	}
}

func (m *mailReader) add(body []byte, kind, set string, head mail.Header) {
	contentType := ""
	if set != "" {
		contentType = kind + "; charset=" + set
	}
	var docs []Document
	switch {
	case kind == "text/html":
		docs = []Document{readHTML(body, contentType, m.limits)}
	case isForm(body):
		docs = readForms(body)
	default:
		docs = []Document{readText(body, contentType)}
	}
	for _, d := range docs {
		d.describeMail(head)
		m.docs = append(m.docs, d)
	}
}

func (d *Document) describeMail(head mail.Header) {
	if d.Format != Lines {
		d.Format = Mail
	}
	if subject, err := head.Subject(); err == nil && subject != "" {
		d.Title = subject
	}
	if from, err := head.AddressList("From"); err == nil && len(from) > 0 {
		d.Author = from[0].Name
		if d.Author == "" {
			d.Author = from[0].Address
		}
	}
	if at, err := head.Date(); err == nil {
		d.Published = at
	}
}

// preferPlain leaves out pages, from a document on, that say what a plain text
// among them says too.
func (m *mailReader) preferPlain(from int) {
	said := map[string]bool{}
	for _, d := range m.docs[from:] {
		if !d.page {
			said[squeeze(d.Body())] = true
		}
	}
	kept := m.docs[:from]
	for _, d := range m.docs[from:] {
		if !d.page || !said[squeeze(d.Body())] {
			kept = append(kept, d)
		}
	}
	m.docs = kept
}
