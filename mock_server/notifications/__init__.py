"""Where a user is notified: devices with the mobile app, and chats in Slack and Telegram."""
