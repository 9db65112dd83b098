"""The chat servers as services of Cloud Run, and an emulation of its front for trying that without a cloud."""
