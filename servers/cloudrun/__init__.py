"""The chat servers on Cloud Run: an image, manifests, and scripts that deploy and remove them."""
