//! Reading and not reading: pausing, and a stream that says nothing.

use super::command::{Command, RequestId, Timer};
use super::failure::Code;
use super::{Millis, Phase, Session};

impl Session {
    pub(super) fn pause(&mut self) {
        if self.paused {
            return;
        }
        self.paused = true;
        if let Phase::Streaming { request, .. } = self.phase {
            self.stop_flow(request);
            self.commands.push_back(Command::ClearTimer(Timer::Idle));
        }
    }

    pub(super) fn resume(&mut self) {
        if !self.paused {
            return;
        }
        self.paused = false;
        if let Phase::Streaming { request, .. } = self.phase {
            self.commands.push_back(Command::Resume(request));
            self.watch_silence(self.config.idle_timeout);
            self.tell_state();
        }
    }

    /// A stream has begun, and the application may have paused before that.
    pub(super) fn let_flow(&mut self, request: RequestId) {
        if self.paused {
            self.stop_flow(request);
        } else {
            self.watch_silence(self.config.idle_timeout);
        }
    }

    fn stop_flow(&mut self, request: RequestId) {
        self.commands.push_back(Command::Pause(request));
        self.tell_state();
    }

    fn watch_silence(&mut self, span: Millis) {
        if self.config.idle_timeout > 0 {
            self.commands.push_back(Command::SetTimer(Timer::Idle, span));
        }
    }

    /// However late this is said (timers stand still while a computer sleeps), it is the silence itself that counts.
    pub(super) fn silence(&mut self, now: Millis, span: Millis) {
        let Phase::Streaming { heard, .. } = &mut self.phase else { return };
        *heard = now.saturating_sub(span);
        if self.paused || self.config.idle_timeout == 0 {
            return;
        }
        match self.config.idle_timeout.checked_sub(span) {
            None | Some(0) => self.failed(now, Code::Idle),
            Some(rest) => self.watch_silence(rest),
        }
    }
}
