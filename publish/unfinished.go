package publish

import (
	"context"
	"time"

	"github.com/lamella-build/lamella/store"
)

// UnfinishedAge is the age from which an unfinished upload counts as abandoned. It is much
// longer than any lease lasts or any upload takes.
const UnfinishedAge = time.Hour

// unfinishedTimeout bounds the cleanup after an upload.
const unfinishedTimeout = 10 * time.Second

// Abandoned returns the uploads of zips that interrupted runs left unfinished. S3 bills for
// their parts, but does not list them with the objects. Abandoned returns nothing for
// destinations without such uploads.
func Abandoned(ctx context.Context, d Destination) ([]store.Unfinished, error) {
	unfinisher, ok := d.Objects.(store.Unfinisher)
	if !ok {
		return nil, nil
	}
	uploads, err := unfinisher.Unfinished(ctx, Prefix+"zip/")
	if err != nil {
		return nil, err
	}
	var abandoned []store.Unfinished
	for _, u := range uploads {
		if _, ok := ZipOf(u.Key); (ok || incomingKeys.MatchString(u.Key)) && u.Age >= UnfinishedAge {
			abandoned = append(abandoned, u)
		}
	}
	return abandoned, nil
}

// removeAbandoned deletes the parts and temporary objects that interrupted runs left behind.
// It ignores errors, because the next run or `lamella prune` tries again.
func (d Destination) removeAbandoned(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, unfinishedTimeout)
	defer cancel()
	if err := d.deleteAbandoned(ctx); err != nil {
		d.debugUpload(Prefix, "cannot delete the objects that interrupted uploads left: %v", err)
	}
	uploads, err := Abandoned(ctx, d)
	if err != nil {
		d.debugUpload(Prefix, "cannot list abandoned uploads: %v", err)
		return
	}
	for _, u := range uploads {
		if err := d.Objects.(store.Unfinisher).Abort(ctx, u); err != nil {
			d.debugUpload(u.Key, "cannot delete an abandoned upload: %v", err)
			return
		}
		d.debugUpload(u.Key, "deleted the parts of an upload abandoned %s ago", u.Age.Round(time.Minute))
	}
}
