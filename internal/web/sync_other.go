//go:build !unix

package web

// syncFolder does nothing: folders cannot be synced here.
func syncFolder(string) error { return nil }
