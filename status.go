package lamella

import (
	"context"

	"github.com/lamella-build/lamella/deploy"
)

// Status returns the state of many layers at their destinations, in the order of
// layers: the newest version, who uses it, and whether it is what the lock file makes.
func (c *Client) Status(ctx context.Context, layers []Layer) []deploy.Outcome[*deploy.Status] {
	return c.destinations.Status(ctx, layers, c.env())
}

// Everything returns layers, and one more for each other layer in the accounts and
// regions that they go to, for [Client.Status].
func (c *Client) Everything(ctx context.Context, layers []Layer) ([]Layer, error) {
	return c.destinations.Everything(ctx, layers, c.env())
}

// Account returns the 12 digits of the AWS account that a layer goes to.
func (c *Client) Account(ctx context.Context, l Layer) (string, error) {
	return c.destinations.Account(ctx, l)
}
