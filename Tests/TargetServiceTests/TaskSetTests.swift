import Testing

@testable import TargetService

@Suite struct TaskSetTests {
  private func task(_ slot: Int) -> TaskSet.Waiting { TaskSet.Waiting(slot: slot, connection: 0) }

  @Test func simpleTasksRunSideBySide() {
    var tasks = TaskSet()
    for slot in 0..<3 {
      let isFirst = tasks.admit(task(slot), .simple)
      #expect(isFirst)
    }
    #expect(tasks.running == 3 && !tasks.isWaiting)
  }

  @Test func anOrderedTaskRunsAloneAndInItsTurn() {
    var tasks = TaskSet()
    let first = tasks.admit(task(0), .simple)
    let ordered = tasks.admit(task(1), .ordered)
    let later = tasks.admit(task(2), .untagged)
    let urgent = tasks.admit(task(3), .headOfQueue)
    #expect(first && !ordered && !later && urgent)
    #expect(tasks.next() == nil)
    tasks.end(isOrdered: false)
    #expect(tasks.next() == nil)
    tasks.end(isOrdered: false)
    #expect(tasks.next() == task(1))
    #expect(tasks.next() == nil)
    tasks.end(isOrdered: true)
    #expect(tasks.next() == task(2))
    #expect(tasks.next() == nil && !tasks.isWaiting)
  }

  @Test func aTaskThatIsAbortedLetsTheOthersPass() {
    var tasks = TaskSet()
    let first = tasks.admit(task(0), .simple)
    let ordered = tasks.admit(task(1), .ordered)
    let later = tasks.admit(task(2), .simple)
    #expect(first && !ordered && !later)
    tasks.withdraw(task(1))
    #expect(tasks.next() == task(2))
    #expect(tasks.running == 2)
  }
}
