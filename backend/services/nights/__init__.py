"""One child's night: reading it, the one path that writes it, paper, the class's evening."""
